package demo

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"comity"
	"comity/guide"
	"comity/request"
)

// mozi.json has four records of a publication, as published, with its licence.
//
//go:embed mozi.json
var moziJSON []byte

type published struct {
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

func readMozi() (published, error) {
	var p published
	d := json.NewDecoder(bytes.NewReader(moziJSON))
	d.DisallowUnknownFields()
	err := d.Decode(&p)
	if err == nil && len(p.Records) != 4 {
		err = comity.Errorf(comity.Invalid, "mozi.json has %d records; the story needs its four", len(p.Records))
	}
	return p, err
}

func (p published) cite(r publishedRecord) string {
	s := fmt.Sprintf("%s object %s of the event", r.Name, r.Object[:8])
	if r.Comment != "" {
		s += fmt.Sprintf(": “%s”", r.Comment)
	}
	return s
}

const (
	observedFrom = "2023-09-29T11:42:22Z" // when the event first saw the URL
	observedTo   = "2023-09-29T12:42:22Z"
)

// request asks for the server, the URL and the file.
func (p published) request(from, replyTo comity.Seat, now time.Time) *guide.Preservation {
	server, url, file := p.Records[0], p.Records[1], p.Records[2]
	return &guide.Preservation{
		Authority: guide.Authority{Agency: "us-24-7", Seat: string(from), ReplyTo: string(replyTo)},
		Basis:     guide.Basis{ID: guide.Default, Reciprocity: true, Borrowed: []string{"Budapest Convention, art. 29(2)"}},
		Offence: guide.Offence{Category: "hacking", Description: "software run on other people's routers and video recorders without their leave",
			Provision: "18 U.S.C. § 1030(a)(5)(A)", Penalty: "up to 10 years"},
		Facts: fmt.Sprintf("On %s %s published “%s” with a list of identifiers (MISP event %s). It gives the URL of item 2 as first seen on %s. "+
			"We wish to find the owners of the devices and have them informed. We do not say who ran the botnet or who ended it, and accuse no state.",
			p.Publication.Date, p.Publication.Publisher, p.Publication.Title, p.Publication.Event, url.FirstSeen),
		Items: []guide.Item{
			{ID: "1", Type: server.Type, Value: server.Value, From: observedFrom, To: observedTo, Data: "traffic", Relationship: "devices fetched software from it; " + p.cite(server)},
			{ID: "2", Type: url.Type, Value: url.Value, From: observedFrom, To: observedTo, Data: "content", Relationship: "the software was there; " + p.cite(url)},
			{ID: "3", Type: file.Type, Value: file.Value, From: observedFrom, To: file.FirstSeen, Data: "content", Relationship: "stored copies of the software; " + p.cite(file)},
		},
		Custodian: "whoever hosts the server; we do not know who that is, or where", Necessity: "logs of that time are being overwritten as their retention ends",
		FollowUp:        guide.FollowUp{Intended: new(true), Planned: now.AddDate(0, 0, 30).UTC().Format(time.DateOnly)},
		Confidentiality: guide.Confidentiality{NoUserNotice: new(false)},
		Priority:        "P1", Reference: "US-24-7/1187", Language: "en",
	}
}

// hasty is the same request as it was first written, at the end of a long shift.
func (p published) hasty(from comity.Seat, now time.Time) *guide.Preservation {
	r := p.request(from, "", now)
	r.Basis.Reciprocity = false
	r.Items[0].From = "2023-09-29 11:42"
	r.Items[1].Relationship = ""
	r.Confidentiality.NoUserNotice = nil
	return r
}

// routine asks for one more address, without haste.
func (p published) routine(from comity.Seat, now time.Time) *guide.Preservation {
	r, host := p.request(from, "", now), p.Records[3]
	r.Items = []guide.Item{{ID: "1", Type: host.Type, Value: host.Value, From: observedFrom, To: observedTo, Data: "subscriber",
		Relationship: "its owner is to be informed; " + p.cite(host)}}
	r.Offence.Description = "the same matter: one more device whose owner is to be informed"
	r.Facts = strings.Replace(r.Facts, "the URL of item 2 as first seen on", "this address, and a URL first seen on", 1)
	r.Priority, r.Reference = "P3", "US-24-7/1188"
	return r
}

// held is a result that preserves an item for 90 days.
func held(item string, reference string, now time.Time) request.Result {
	return request.Result{Item: item, Result: request.Preserved, HoldFrom: comity.At(now), HoldUntil: comity.At(now.AddDate(0, 0, 90)), Reference: reference, Use: "lead_only"}
}

// preservationTable is what goes with the answer; certificate vouches for it.
func preservationTable(v request.View, last request.Result) []byte {
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

func certificate(v request.View, seat comity.Seat, table []byte, name string, now time.Time) []byte {
	sum := sha256.Sum256(table)
	return fmt.Appendf(nil, `CERTIFICATE OF PRESERVATION                                    保全证明
(demonstration: nothing has been preserved)                  （演示：未实际保全任何数据）

Matter / 事项            %s
Asked by / 请求方        %s
Certified by / 出具席位  %s
Time / 时间              %s

The seat named above certifies that the table %s lists what is held.
上列席位证明：表格 %s 列明了所保全的内容。

Size / 大小     %d bytes
SHA-256         %x
`, v.Ref, v.Opener, seat, now.UTC().Format(time.RFC3339), name, name, len(table), sum)
}
