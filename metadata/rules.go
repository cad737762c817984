package metadata

import "comity"

// A Rule says what a sort of finding means for the officer.
type Rule struct {
	ID     string
	Blocks bool // the file stays in the country; the others only advise
	Wrong  comity.Text
	Do     comity.Text
}

// Rules returns every rule. That names, tracked changes, hidden rows and
// positions block is national practice (source protection before release), and
// that an attachment opens is check C39; neither is a figure of any treaty. Where
// the format says so is cited beside the tables that detect it.
func Rules() []Rule {
	return []Rule{
		// Files of any kind.
		{"mismatch", true, t("the name says another kind of file than the content is", "文件名后缀与实际内容类型不符"),
			t("Find out what the file is and where it came from; then give it the extension of its kind, such as .jpg.", "请核实该文件的真实类型和来源，再改用相应的后缀名，例如 .jpg。")},
		{"broken", true, t("the file does not open as what it is", "文件无法按其类型正常打开"),
			t("Obtain it again, or open it in its own program and save it anew.", "请重新获取该文件，或用相应程序打开后另存为新文件。")},
		{"sealed", true, t("a part cannot be looked into: it is encrypted, or of a format known to carry names", "文件中有无法检查的部分：已加密，或属于常含个人信息的格式"),
			t("Take off the password (Comity seals the attachment itself), or save it in a current format: DOCX, XLSX, PPTX, PDF, PNG, MP4, ZIP.", "请去除密码（附件由本系统另行加密），或另存为现行格式：DOCX、XLSX、PPTX、PDF、PNG、MP4、ZIP。")},
		{"too-much", true, t("there is more in the file than the gate looks into", "文件内容超出检查上限"),
			t("Divide it: attach the files within it one by one, none within another more than three deep.", "请拆分文件：将其中的文件逐个作为附件提交，嵌套不得超过三层。")},
		{"unread", false, t("the gate does not look into this kind of file", "本检查不涉及此类文件的内部内容"),
			t("See for yourself whether it names a person, a place or a device before you release it.", "放行前请自行核对其中是否含有人员、地点或设备信息。")},
		{"trailing", true, t("something follows the end of the file's proper content", "文件正常内容结束之后仍附有数据"),
			t("Let Comity clean it, or export the file anew: phones hide a short video there.", "请由本系统清理，或重新导出该文件；手机常在此处附带一段短视频。")},
		{"archive-comment", false, t("the archive has a comment", "压缩包带有注释"),
			t("Read it; pack the files again without it if it names a person.", "请查看该注释；如涉及个人信息，请去掉注释后重新打包。")},
		{"mail-headers", false, t("a message carries its headers: addresses, servers and times", "电子邮件带有完整的邮件头：地址、服务器和时间"),
			t("If only the text matters, copy it into the request.", "如仅需正文，请将正文复制到请求书中。")},

		// Documents.
		{"tracked-changes", true, t("there are tracked changes: struck-out words and who struck them out can be read", "存在修订痕迹：被删改的文字及修改人均可读取"),
			t("In Word or WPS: Review, accept or reject all changes, switch tracking off, save. In Excel: stop sharing the workbook.", "在 Word 或 WPS 中：“审阅”→接受或拒绝所有修订→关闭修订→保存。在 Excel 中：取消共享工作簿。")},
		{"comments", true, t("there are comments", "存在批注"),
			t("Delete all comments (Review, Delete, Delete All Comments), save.", "请删除全部批注（“审阅”→“删除”→“删除文档中的所有批注”）后保存。")},
		{"hidden-text", true, t("there is hidden text", "存在隐藏文字"),
			t("Show it (Home, ¶), delete it or unhide it, save.", "请显示隐藏文字（“开始”→“显示编辑标记”），删除或取消隐藏后保存。")},
		{"author", true, t("the properties name who wrote or saved the document", "文件属性中含有作者或最后修改人姓名"),
			t("Let Comity clean it, or: File, Info, Inspect Document, remove properties and personal information. PDF: export it anew without properties.", "请由本系统清理，或：“文件”→“信息”→“检查文档”→删除文档属性和个人信息。PDF 请不带属性重新导出。")},
		{"company", true, t("the properties name an organisation or a superior", "文件属性中含有单位或主管姓名"),
			t("Let Comity clean it, or: File, Info, Inspect Document.", "请由本系统清理，或：“文件”→“信息”→“检查文档”。")},
		{"custom-properties", true, t("there are custom properties, such as those of a records system", "存在自定义属性，例如档案或办公系统写入的属性"),
			t("Let Comity clean it, or: File, Info, Properties, Advanced, Custom; delete them.", "请由本系统清理，或：“文件”→“信息”→“属性”→“高级属性”→“自定义”，逐项删除。")},
		{"people", true, t("there is a list of people who worked on the document", "文件中存有参与编辑人员的名单"),
			t("Let Comity clean it, or: File, Info, Inspect Document.", "请由本系统清理，或：“文件”→“信息”→“检查文档”。")},
		{"macros", true, t("there is a program in the document", "文件中含有宏或脚本"),
			t("Save it without macros (DOCX, XLSX, PPTX), or print it to PDF.", "请另存为不含宏的格式（DOCX、XLSX、PPTX），或打印为 PDF。")},
		{"embedded", true, t("another file is embedded: behind a chart there may be the whole workbook", "嵌有其他文件：图表背后可能附有整个工作簿"),
			t("Replace it by a picture (Paste Special, Picture), or attach the other file by itself.", "请改为图片（“选择性粘贴”→“图片”），或将该文件单独作为附件。")},
		{"external", true, t("the document fetches something from elsewhere when it is opened, or keeps a copy of it", "文件打开时会从外部获取内容，或保留其副本"),
			t("Break the links (File, Info, Edit Links), detach the template, save.", "请断开链接（“文件”→“信息”→“编辑指向文件的链接”）并取消附加模板后保存。")},
		{"local-path", true, t("a path of your own network or computer is written in it, often with a user's name", "含有本单位网络或计算机的路径，常带有用户名"),
			t("Remove the link or template, or save a copy from a folder with a neutral name, such as C:\\Out.", "请删除相关链接或模板，或从名称中性的文件夹（例如 C:\\Out）另存副本。")},
		{"hidden-sheet", true, t("there are hidden sheets", "存在隐藏的工作表"),
			t("Unhide them (right click on a tab), keep or delete each. A very hidden one shows in the macro editor only.", "请取消隐藏（右键单击工作表标签），逐个保留或删除。“深度隐藏”的工作表仅在宏编辑器中可见。")},
		{"hidden-rows", true, t("there are hidden or filtered-out rows or columns", "存在隐藏或被筛选掉的行、列"),
			t("Unhide them or clear the filter; to send a selection, copy what is visible into a new workbook.", "请取消隐藏或清除筛选；如只发送部分内容，请将可见单元格复制到新工作簿。")},
		{"hidden-name", true, t("there are hidden names", "存在隐藏的名称定义"),
			t("Copy the cells, as values, into a new workbook.", "请将单元格以数值形式复制到新工作簿。")},
		{"hidden-slide", true, t("there are hidden slides", "存在隐藏的幻灯片"),
			t("Unhide or delete each.", "请逐张取消隐藏或删除。")},
		{"hidden-object", true, t("there are hidden objects", "存在隐藏的对象"),
			t("Open the selection pane (Home, Select, Selection Pane); show or delete each.", "请打开选择窗格（“开始”→“选择”→“选择窗格”），逐个显示或删除。")},
		{"notes", true, t("there are speaker notes", "存在演讲者备注"),
			t("Delete them: File, Info, Inspect Document, Presentation Notes.", "请删除：“文件”→“信息”→“检查文档”→“演示文稿备注”。")},
		{"pivot-cache", true, t("a pivot table keeps a copy of all its source rows", "数据透视表保留了全部源数据的副本"),
			t("Copy the table, as values, into a new workbook.", "请将该表以数值形式复制到新工作簿。")},
		{"earlier-versions", true, t("an earlier version of the document can be recovered", "可恢复文件的早前版本"),
			t("Print it to a new PDF, or save it as a new file. A signature is lost: send the signed original only if all of it may be read.", "请重新打印为 PDF 或另存为新文件。电子签名会因此失效：只有在全部内容均可披露时，才发送签名原件。")},
		{"redaction", true, t("passages are marked for redaction, and still there", "已标记密文但尚未实际涂除"),
			t("Apply the redaction, save as a new file.", "请执行“应用密文”，并另存为新文件。")},
		{"action", true, t("the document starts a program, opens a file or sends a form", "文件会启动程序、打开其他文件或提交表单"),
			t("Print it to a new PDF.", "请重新打印为 PDF。")},
		{"hidden-layer", true, t("there are layers that are not shown", "存在不显示的图层"),
			t("Show and judge each; flatten the layers, or print to a new PDF.", "请逐一显示并判断；合并图层，或重新打印为 PDF。")},
		{"layers", false, t("the document has layers", "文件含有图层"),
			t("Look at each before you release it.", "放行前请逐层查看。")},
		{"link", false, t("there are links to the web", "含有网页链接"),
			t("Whoever follows one is seen by its owner; remove those that name the investigation.", "点击链接会被网站所有者察觉；请删除涉及侦查的链接。")},
		{"program", false, t("the properties name the program that wrote the document", "文件属性中含有生成程序名称"),
			t("No need to act, unless the program tells who you are.", "一般无需处理，除非该程序会暴露单位身份。")},
		{"custom-data", false, t("a program has put data of its own into the document", "有程序在文件中写入了自有数据"),
			t("File, Info, Inspect Document: remove custom XML data, unless a form needs it.", "“文件”→“信息”→“检查文档”：如表单不需要，请删除自定义 XML 数据。")},
		{"printer", false, t("the settings of a printer are in it, with its name", "含有打印机设置及其名称"),
			t("Choose a neutral printer, such as a PDF printer, and save.", "请改选中性的打印机（例如 PDF 打印机）后保存。")},
		{"revision-ids", false, t("identifiers of editing sessions tell which documents come from one computer", "编辑会话标识可用于判断哪些文件出自同一台计算机"),
			t("Switch off “store random numbers” in the Trust Center, if that matters.", "如有必要，请在信任中心关闭“存储随机数以提高合并准确性”。")},
		{"cropped", false, t("a cropped picture still holds what was cut off", "裁剪后的图片仍保留被裁去的部分"),
			t("Picture Format, Compress Pictures, delete cropped areas.", "“图片格式”→“压缩图片”→勾选“删除图片的剪裁区域”。")},

		// Pictures and videos.
		{"gps", true, t("the place where it was taken is written in it", "含有拍摄地点的定位信息"),
			t("Let Comity clean JPEG, PNG and WebP. Export others anew without location.", "JPEG、PNG、WebP 请由本系统清理；其他格式请在不含位置信息的情况下重新导出。")},
		{"owner", true, t("the name of a person or a computer is written in it", "含有人员姓名或计算机名称"),
			t("Let Comity clean JPEG, PNG and WebP. Export others anew without metadata.", "JPEG、PNG、WebP 请由本系统清理；其他格式请在不含元数据的情况下重新导出。")},
		{"serial", true, t("the number of the camera, or the maker's notes that hold it, are written in it", "含有拍摄设备序列号，或可能含有序列号的厂商注记"),
			t("Let Comity clean JPEG, PNG and WebP. Export others anew without metadata.", "JPEG、PNG、WebP 请由本系统清理；其他格式请在不含元数据的情况下重新导出。")},
		{"iptc", true, t("there is a block of captions, by-lines or an editor's history", "含有图片说明、署名或编辑历史数据块"),
			t("Let Comity clean JPEG, PNG and WebP. Export others anew without metadata.", "JPEG、PNG、WebP 请由本系统清理；其他格式请在不含元数据的情况下重新导出。")},
		{"thumbnail", false, t("there is a small picture of an earlier state: it may show what was cut off or covered", "含有缩略图：可能显示已被裁去或遮盖的内容"),
			t("Let Comity clean it, or save without a preview picture.", "请由本系统清理，或在保存时不生成预览图片。")},
		{"camera", false, t("the camera, the program or the time is written in it", "含有拍摄设备、处理程序或时间信息"),
			t("Clean it, unless the receiver needs it as evidence.", "除非接收方需将其作为证据，否则请予清理。")},
		{"picture-comment", false, t("there is a comment or a title", "含有注释或标题"),
			t("Read it; clean it if it names a person.", "请查看；如涉及个人信息，请予清理。")},
		{"xmp", false, t("there is an XMP packet", "含有 XMP 元数据"),
			t("Clean it, unless the receiver needs it as evidence.", "除非接收方需将其作为证据，否则请予清理。")},
	}
}

func byID() map[string]Rule {
	m := map[string]Rule{}
	for _, r := range Rules() {
		m[r.ID] = r
	}
	return m
}

func t(en, zh string) comity.Text { return comity.Text{EN: en, ZH: zh} }
