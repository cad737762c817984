package paper_test

import (
	"math"
	"strings"
	"time"

	"comity/paper"
)

var at = time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)

func en(en, zh string) paper.Text { return paper.Text{EN: en, ZH: zh} }

// form is a request form for a correspondent without a node.
func form() paper.Doc {
	return paper.Doc{
		Title:     en("Request for expedited preservation of stored computer data", "快速保全存储的计算机数据请求书"),
		Subtitle:  en("Convention on Cybercrime, Article 29", "《网络犯罪公约》第二十九条"),
		Reference: "US-2026-000042",
		Marking:   "TLP:AMBER",
		Frame:     en("Our record only", "仅为我方记录"),
		Footer:    en("Form of the requesting Party", "请求方表格"),
		Blocks: []paper.Block{
			paper.Heading{Level: 1, Text: en("1. Authorities", "一、主管机关")},
			paper.KeyValues{
				{Label: en("Requesting authority", "请求机关"), Value: en("24/7 contact point, Department of Example", "示例部全天候联络点")},
				{Label: en("Requested authority", "被请求机关"), Value: en("Cyber Security Bureau, Ministry of Example", "示例部网络安全局")},
				{Label: en("Reference", "编号"), Value: paper.Same("US-2026-000042")},
				{Label: en("Call back", "回拨电话"), Value: paper.Same("+1-202-555-0142")},
				{Label: en("Sent", "发出时间"), Value: paper.Same("2026-11-22 09:30:00 UTC | 2026-11-22 17:30:00 +0800 Beijing")},
			},
			paper.Heading{Level: 1, Text: en("2. Offence and facts", "二、涉嫌犯罪与事实")},
			paper.Para{Text: en(
				"Between 3 and 9 November 2026 an unknown person used the server named below to take over the e-mail accounts of eleven employees of a hospital group, and redirected payments of USD 418,000. The records of the server are likely to be overwritten within seven days.",
				"2026年11月3日至9日，身份不明的人员利用下列服务器，控制了某医院集团十一名员工的电子邮箱账户，并将合计418,000美元的款项转移至其他账户。该服务器的日志记录可能在七日之内被覆盖。")},
			paper.Heading{Level: 1, Text: en("3. Data to be preserved", "三、请求保全的数据")},
			paper.Table{
				Caption: en("Items", "项目"),
				Head:    []paper.Text{paper.Same("No."), en("Identifier", "标识"), en("Data", "数据"), en("From – until (UTC)", "起止时间（协调世界时）")},
				Align:   []paper.Align{paper.End, paper.Start, paper.Start, paper.Start},
				Rows: [][]paper.Text{
					{paper.Same("1"), paper.Same("203.0.113.17 : 443"), en("Connection records", "连接记录"), paper.Same("2026-11-03 00:00 – 2026-11-09 24:00")},
					{paper.Same("2"), paper.Same("mail.hospital.example"), en("Subscriber and sign-in records", "用户注册信息和登录记录"), paper.Same("2026-11-01 00:00 – 2026-11-10 00:00")},
					{paper.Same("3"), paper.Same("SHA-256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"), en("Stored file", "存储的文件"), paper.Same("–")},
				},
			},
			paper.Heading{Level: 1, Text: en("4. Declarations", "四、声明")},
			paper.Checklist{
				{Done: true, Text: en("A request for mutual assistance will follow.", "随后将提出司法协助请求。")},
				{Done: true, Text: en("Please keep this request confidential, and do not notify the account holder.", "请对本请求保密，且不通知账户持有人。")},
				{Text: en("Life or safety is at risk.", "有危及生命或人身安全的情形。")},
			},
			paper.Signatures{
				{Role: en("For the requesting authority", "请求机关代表"), Name: en("Duty officer", "值班官员")},
				{Role: en("Approved by", "批准人"), Name: en("Supervising officer", "主管官员")},
			},
		},
	}
}

// report is a review with figures, a chart and a table over several pages.
func report() paper.Doc {
	d := paper.Doc{
		Title:        en("Review of assistance, third quarter of 2026", "2026年第三季度协助情况评估"),
		Subtitle:     en("Joint figures; 41 of 44 matters are known to both sides", "双方共同数据；44件事项中41件为双方所共知"),
		Reference:    "review-2026-Q3",
		Marking:      "TLP:AMBER+STRICT",
		Frame:        en("Draft for comment", "征求意见稿"),
		Watermark:    en("EXERCISE", "演练"),
		Footer:       en("Computed by both sides", "由双方各自计算"),
		ChineseFirst: true,
		Blocks: []paper.Block{
			paper.Figures{
				{Label: en("Median time to preserve", "保全用时中位数"), Value: "3.5", Unit: en("hours", "小时"), Trend: paper.Down, Change: en("from 4.1 in the second quarter", "第二季度为4.1"), Cause: en("Duty officers on both sides now answer at night.", "双方值班人员现已在夜间作出答复。")},
				{Label: en("Complete at first sending", "首次提交即完整"), Value: "82 %", Unit: en("of 41 requests", "共41件请求"), Trend: paper.Up, Change: en("from 74 %", "此前为74%"), Cause: en("Time zones are checked before sending.", "发出前即核对时区。")},
				{Label: en("Overdue at the end", "期末逾期"), Value: "3", Unit: en("requests: 2 and 1", "件请求：2件和1件"), Trend: paper.Flat, Change: en("as before", "与此前相同"), Cause: en("All three wait for a court.", "三件均在等待法院决定。")},
			},
			paper.Heading{Level: 1, Text: en("Time to answer", "答复用时")},
			paper.Para{Text: en("Net time from receipt to the first answer in substance; pauses are left out.", "自收到之时起至首次实质答复的净用时，不计中止时间。")},
			paper.BarChart{
				Title:  en("Median by type", "按类型的中位数"),
				Unit:   en("hours", "小时"),
				Labels: []paper.Text{en("Preservation", "数据保全"), en("Subscriber data", "用户注册信息"), en("Traffic data", "流量数据"), en("Emergency", "紧急情况")},
				Series: []paper.Series{
					{Name: en("Party A to Party B", "甲方致乙方"), Values: []float64{3.5, 51, 96.25, 0.8}},
					{Name: en("Party B to Party A", "乙方致甲方"), Values: []float64{4.2, 47.5, math.NaN(), 1.1}},
				},
				Note: en("Traffic data: fewer than five requests in one direction; no figure is given.", "流量数据：一个方向的请求不足五件，故不列数字。"),
			},
			paper.Heading{Level: 1, Text: en("All requests", "全部请求")},
		},
	}
	t := paper.Table{
		Head:  []paper.Text{en("Reference", "编号"), en("Type", "类型"), en("Result", "结果"), en("Hours", "小时")},
		Align: []paper.Align{paper.Start, paper.Start, paper.Start, paper.End},
	}
	for i := range 41 {
		t.Rows = append(t.Rows, []paper.Text{
			paper.Same("US-2026-0000" + string(rune('1'+i/9)) + string(rune('1'+i%9))),
			en("Preservation", "数据保全"),
			en("Executed; confirmed by the provider", "已执行；经服务提供者确认"),
			paper.Same(strings.Repeat("1", 1+i%3) + ".5"),
		})
	}
	d.Blocks = append(d.Blocks, t, paper.Heading{Level: 2, Text: en("Notes", "说明")}, paper.Para{Text: en("Each side keeps its own record.", "双方各自保存记录。")})
	return d
}
