package demo

import (
	"fmt"
)

// A scene is one step of the story.
type scene struct {
	en, zh string
	play   func(*story) error
}

// paired is the scene after which the two parties can speak.
const paired = 1

func scenes() []scene {
	return []scene{
		{"Two parties make their keys, and start a node each", "双方各自生成密钥并启动节点", (*story).setUp},
		{"They compare sixty digits by voice, and are a pair", "口头核对六十位数字，结为一对", (*story).pairUp},
		{"The request is drafted, checked and mended", "起草请求、核对、改正", (*story).draftAndCheck},
		{"Two officers release it; the other node receipts it", "两名人员签发，对方节点回执", (*story).releaseByTwo},
		{"A seat says that it has it", "值班席位确认收到", (*story).acknowledges},
		{"A question stops the clock, a supplement starts it again", "提问则暂停计时，补充后恢复", (*story).questionAndSupplement},
		{"Conditions are agreed on, and a part is answered", "议定条件，部分答复", (*story).partOfTheAnswer},
		{"Two moves cross", "两份文书交错而行", (*story).movesCross},
		{"A node is killed in the middle of its work", "一个节点在工作中被强行终止", (*story).nodeIsKilled},
		{"The answer, with two sealed files", "最终答复，附两份密封文件", (*story).answers},
		{"Feedback, and the end of the matter", "反馈与结案", (*story).feedback},
		{"A case file that a stranger can check", "供第三方独立核验的案卷", (*story).caseFile},
	}
}

// must makes what the story is about to say an error, unless it is so.
func must(so bool, format string, args ...any) error {
	if so {
		return nil
	}
	return fmt.Errorf("this did not come true: "+format, args...)
}
