// Package mozi is what was published of a botnet, and the requests that rest on it.
package mozi

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"fmt"
	"time"

	"comity"
	"comity/guide"
	"comity/request"
)

// mozi.json has four records of a publication, as published, with its licence.
//
//go:embed mozi.json
var moziJSON []byte

// Published is what a publication says, as it says it.
type Published struct {
	Publication struct {
		Publisher   string `json:"publisher"`
		Title       string `json:"title"`
		Date        string `json:"date"`
		Event       string `json:"event"`
		Repository  string `json:"repository"`
		File        string `json:"file"`
		Licence     string `json:"licence"`
		LicenceText string `json:"licence_text"`
	} `json:"publication"`
	Records []publishedRecord `json:"records"`
}

type publishedRecord struct {
	Object    string `json:"object"`
	Name      string `json:"name"`
	Type      string `json:"type"`
	Value     string `json:"value"`
	Port      int    `json:"port"`
	FirstSeen string `json:"first_seen"`
	Comment   string `json:"comment"`
}

func Read() (Published, error) {
	var p Published
	d := json.NewDecoder(bytes.NewReader(moziJSON))
	d.DisallowUnknownFields()
	err := d.Decode(&p)
	if err == nil && len(p.Records) != 4 {
		err = comity.Errorf(comity.Invalid, "mozi.json has %d records; the story needs its four", len(p.Records))
	}
	return p, err
}

func (p Published) Cite(r publishedRecord) string {
	s := fmt.Sprintf("%s object %s of the event", r.Name, r.Object[:8])
	if r.Comment != "" {
		s += fmt.Sprintf(": “%s”", r.Comment)
	}
	return s
}

const (
	ObservedFrom = "2023-09-29T11:42:22Z" // when the event first saw the URL
	ObservedTo   = "2023-09-29T12:42:22Z"
)

// request asks for the server, the URL and the file.
func (p Published) Request(from, replyTo comity.Seat, now time.Time) *guide.Request {
	server, url, file := p.Records[0], p.Records[1], p.Records[2]
	const when = "the publication's, in UTC"
	r := &guide.Request{
		Type: "preserve",
		Authority: guide.Authority{Agency: "us-24-7", Seat: string(from), ReplyTo: string(replyTo), Contact: "+1-202-555-0101",
			Zone: "America/New_York", Hours: "24/7"},
		Addressee: guide.Addressee{Agency: "cn-24-7"},
		Basis:     guide.Basis{ID: guide.Default, Reciprocity: true, Borrowed: []string{"Budapest Convention, art. 29(2)"}},
		Priority:  "P1",
		Order: guide.Order{
			Holder: "whoever hosts the server; we do not know who that is, or where",
			Items: []guide.Item{
				{ID: "1", Type: server.Type, Value: server.Value, From: ObservedFrom, To: ObservedTo, Clock: when, Data: "traffic"},
				{ID: "2", Type: url.Type, Value: url.Value, From: ObservedFrom, To: ObservedTo, Clock: when, Data: "content"},
				{ID: "3", Type: file.Type, Value: file.Value, From: ObservedFrom, To: file.FirstSeen, Clock: when, Data: "content"},
			},
		},
		Supporting: guide.Supporting{
			Offence: guide.Offence{Category: "hacking", Description: "software run on other people's routers and video recorders without their leave",
				Provision: "18 U.S.C. § 1030(a)(5)(A)", Penalty: "up to 10 years", Counterpart: "Criminal Law of the PRC, art. 285(2)"},
			Event: &guide.Event{From: ObservedFrom[:len(time.DateOnly)]},
			Relations: []guide.Relation{
				{Item: "1", Kind: "hosted_content", Text: "devices fetched software from it; " + p.Cite(server)},
				{Item: "2", Kind: "hosted_content", Text: "the software was there; " + p.Cite(url)},
				{Item: "3", Kind: "hosted_content", Text: "stored copies of the software; " + p.Cite(file)},
			},
			Necessity: guide.Necessity{Kind: "short_retention", Text: "logs of that time are being overwritten as their retention ends"},
			Purpose: guide.Purpose{Use: "investigation", Limitation: "finding and informing the owners of the devices, and this investigation",
				Handling: "kept by the investigating unit; destroyed when the proceedings end"},
		},
		Confidentiality: guide.Confidentiality{NoUserNotice: new(false)},
		FollowUp:        &guide.FollowUp{Intended: new(true), Planned: now.AddDate(0, 0, 30).UTC().Format(time.DateOnly)},
		Reference:       "US-24-7/1187", Language: "en",
	}
	p.Tell(r, "the URL of item 2 as first seen on "+url.FirstSeen, "第2项的网址于 "+url.FirstSeen+" 首次出现")
	return r
}

// tell writes the facts, and the translation of all that is text.
func (p Published) Tell(r *guide.Request, seen, zh string) {
	pub := p.Publication
	r.Supporting.Facts = fmt.Sprintf("On %s %s published “%s” with a list of identifiers (MISP event %s). It gives %s. "+
		"We wish to find the owners of the devices and have them informed. We do not say who ran the botnet or who ended it, and accuse no state.",
		pub.Date, pub.Publisher, pub.Title, pub.Event, seen)
	r.Translation = &guide.Translation{
		Language: "zh", By: "officer",
		Facts: fmt.Sprintf("%s，%s 发表《%s》，附有标识符清单（MISP 事件 %s），其中载明%s。我方希望查明有关设备的所有人并予以告知。"+
			"我方不认定该僵尸网络由何人运营或终止，亦不指控任何国家。", pub.Date, pub.Publisher, pub.Title, pub.Event, zh),
		Necessity: "该时段的日志因留存期届满正在被覆盖。",
		Offence:   "未经许可在他人的路由器和录像机上运行软件。",
	}
	r.Translation.OfVersion = guide.TextHash(*r)
}

// hasty is the same request as it was first written, at the end of a long shift.
func (p Published) Hasty(from comity.Seat, now time.Time) *guide.Request {
	r := p.Request(from, "", now)
	r.Basis.Reciprocity = false
	r.Order.Items[0].From = "2023-09-29 11:42"
	r.Supporting.Relations = r.Supporting.Relations[:2]
	r.Confidentiality.NoUserNotice = nil
	return r
}

// routine asks for one more address, without haste.
func (p Published) Routine(from comity.Seat, now time.Time) *guide.Request {
	r, host := p.Request(from, "", now), p.Records[3]
	r.Order.Items = []guide.Item{{ID: "1", Type: host.Type, Value: host.Value, From: ObservedFrom, To: ObservedTo, Clock: r.Order.Items[0].Clock, Data: "subscriber"}}
	r.Supporting.Relations = []guide.Relation{{Item: "1", Kind: "hosted_content", Text: "its owner is to be informed; " + p.Cite(host)}}
	seen := p.Records[1].FirstSeen
	p.Tell(r, "this address, and a URL first seen on "+seen, "该地址，以及一个于 "+seen+" 首次出现的网址")
	r.Priority, r.Reference = "P3", "US-24-7/1188"
	return r
}

// Held is a result that preserves an item for 90 days.
func Held(item string, reference string, now time.Time) request.Result {
	return request.Result{Item: item, Result: request.Preserved, HoldFrom: comity.At(now), HoldUntil: comity.At(now.AddDate(0, 0, 90)), Reference: reference, Use: "lead_only"}
}

// PreservationTable is what goes with the answer; Certificate vouches for it.
func PreservationTable(v request.View, last request.Result) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "item,type,value,data,from,to,result,hold_from,hold_until,reference\n")
	for _, it := range v.Items {
		r, from, until, ref := it.Result, it.HoldFrom, it.HoldUntil, it.Provider
		if it.ID == last.Item {
			r, from, until, ref = last.Result, last.HoldFrom, last.HoldUntil, last.Reference
		}
		fmt.Fprintf(&b, "%s,%s,%s,%s,%s,%s,%s,%s,%s,%s\n", it.ID, it.Type, it.Value, it.Data, it.From, it.To, r,
			from.UTC().Format(time.RFC3339), until.UTC().Format(time.RFC3339), ref)
	}
	return b.Bytes()
}

func Certificate(v request.View, seat comity.Seat, table []byte, name string, now time.Time) []byte {
	sum := sha256.Sum256(table)
	return fmt.Appendf(nil, `CERTIFICATE OF PRESERVATION                                    保全证明
(demonstration: nothing has been preserved)                  （演示：未实际保全任何数据）

Matter / 事项            %s
Asked by / 请求方        %s
Certified by / 出具席位  %s
Time / 时间              %s

The seat named above certifies that the table %s lists what is Held.
上列席位证明：表格 %s 列明了所保全的内容。

Size / 大小     %d bytes
SHA-256         %x
`, v.Ref, v.Opener, seat, now.UTC().Format(time.RFC3339), name, name, len(table), sum)
}
