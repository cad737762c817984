package api

import (
	"encoding"
	"encoding/json"
	"flag"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"comity/desk"
	"comity/docket"
)

type object = map[string]any

// bodies are those whose members are flags of the verb.
func bodies(v verb) (list []any) {
	if v.kind != nil {
		list = append(list, v.kind)
	}
	name := map[string]string{"retain": "retention", "legal-hold": "legal_hold"}[v.name]
	if name == "" {
		name = v.name
	}
	if k, ok := docket.KindOf(name); ok {
		list = append(list, k.New())
	}
	return list
}

// Document describes the API (OpenAPI 3.1): made of the commands' flags and the
// members of what they say, so that it cannot say other than they do.
func Document(commands Commands) ([]byte, error) {
	paths := object{}
	for path, s := range all(commands) {
		flags := object{}
		for name, f := range s.flags {
			flags[name] = flagSchema(f)
		}
		asks := object{"type": "object", "additionalProperties": false, "properties": object{"flags": object{"type": "object", "additionalProperties": false, "properties": flags}}}
		properties := asks["properties"].(object)
		var must []string
		if s.most > 0 {
			names := make([]string, len(s.words))
			for i, w := range s.words {
				names[i] = w.name
			}
			properties["words"] = object{"type": "array", "items": object{"type": "string"}, "minItems": s.least, "maxItems": s.most, "description": strings.Join(names, " ")}
			if s.least > 0 {
				must = append(must, "words")
			}
		}
		if s.body != "" {
			properties["body"] = object{}
			if s.kind != nil {
				properties["body"] = schema(reflect.TypeOf(s.kind).Elem(), 0)
			}
			if s.must {
				must = append(must, "body")
			}
		}
		if must != nil {
			asks["required"] = must
		}
		content := object{"application/json": object{"schema": asks}}
		if s.files != "" {
			content["multipart/form-data"] = object{"schema": object{"type": "object", "properties": object{"request": asks,
				"files": object{"type": "array", "items": object{"type": "string", "contentMediaType": "application/octet-stream"}}}}}
		}
		if s.name == "intake" {
			content = object{}
			for _, media := range []string{"message/rfc822", "application/pdf"} {
				content[media] = object{"schema": object{"type": "string", "contentMediaType": media}}
			}
		}
		says := object{"operationId": path, "summary": "comity " + s.name, "requestBody": object{"required": s.must || s.least > 0, "content": content}, "responses": answers(s.verb)}
		if s.name == "intake" {
			says["parameters"] = []any{object{"name": "name", "in": "query", "schema": object{"type": "string", "maxLength": 120}, "description": "of the file"}}
		}
		paths["/api/v1/"+path] = object{"post": says}
	}
	v := all(commands)
	var filters []any
	for _, name := range sorted(v["list"].flags) {
		filters = append(filters, object{"name": name, "in": "query", "schema": flagSchema(v["list"].flags[name])})
	}
	in := func(name string) object {
		return object{"name": name, "in": "path", "required": true, "schema": object{"type": "string"}}
	}
	paths["/api/v1/matters"] = object{"get": object{"operationId": "matters", "summary": "comity list", "parameters": filters, "responses": answers(v["list"].verb)}}
	paths["/api/v1/matters/{realm}/{ref}"] = object{"get": object{"operationId": "matter", "summary": "comity show", "parameters": []any{in("realm"), in("ref")}, "responses": answers(v["show"].verb)}}
	paths["/api/v1/openapi.json"] = object{"get": object{"operationId": "openapi", "summary": "comity api openapi", "security": []any{},
		"responses": object{"200": object{"description": "this document", "content": object{"application/json": object{"schema": object{"type": "object"}}}}}}}
	b, err := json.MarshalIndent(object{
		"openapi": "3.1.0",
		"info": object{"title": "Comity", "version": "1", "license": object{"name": "as the program's", "identifier": "Apache-2.0"},
			"description": "The verbs of the command line, for a program of the party's own, at the seat of its token. What it says abroad is a draft, which a person signs."},
		"servers":  []any{object{"url": "/"}},
		"security": []any{object{"token": []any{}}},
		"paths":    paths,
		"components": object{
			"securitySchemes": object{"token": object{"type": "http", "scheme": "bearer", "description": "as comity api token makes it"}},
			"schemas":         object{"Problem": schema(reflect.TypeFor[Problem](), 0), "Draft": schema(reflect.TypeFor[desk.Draft](), 0)},
			"responses": object{"Problem": object{"description": "what went wrong (RFC 9457)",
				"content": object{"application/problem+json": object{"schema": object{"$ref": "#/components/schemas/Problem"}}}}},
		},
	}, "", " ")
	return append(b, '\n'), err
}

func sorted(flags map[string]*flag.Flag) (names []string) {
	for name := range flags {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func answers(v verb) object {
	is := object{"type": v.gets}
	if len(v.gets) == 1 {
		is = object{"type": v.gets[0]}
	}
	switch {
	case v.files != "" || v.name == "draft" || v.name == "drop":
		is = object{"$ref": "#/components/schemas/Draft"}
	case v.name == "drafts":
		is = object{"type": "array", "items": object{"$ref": "#/components/schemas/Draft"}}
	}
	return object{
		"200":     object{"description": "what comity --json " + v.name + " prints", "content": object{"application/json": object{"schema": is}}},
		"default": object{"$ref": "#/components/responses/Problem"},
	}
}

// flagSchema is of a flag: what may stand several times, or is a list, may be a list.
func flagSchema(f *flag.Flag) object {
	s := object{"type": []string{"string", "number", "object", "array"}}
	if g, ok := f.Value.(flag.Getter); ok {
		switch g.Get().(type) {
		case bool:
			s = object{"type": "boolean"}
		case int, int64:
			s = object{"type": "integer"}
		}
	}
	if f.Usage != "" {
		s["description"] = f.Usage
	}
	return s
}

var textual = reflect.TypeFor[encoding.TextMarshaler]()
var marshals = reflect.TypeFor[json.Marshaler]()

// schema is of a Go type, by its tags; see package form.
func schema(t reflect.Type, depth int) object {
	switch {
	case t == reflect.TypeFor[json.RawMessage]() || depth > 12:
		return object{}
	case t.Implements(textual) || t.Implements(marshals) || reflect.PointerTo(t).Implements(textual):
		return object{"type": "string"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schema(t.Elem(), depth)
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64, reflect.Uint64, reflect.Uint32, reflect.Uint16, reflect.Uint8:
		return object{"type": "integer"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": schema(t.Elem(), depth+1)}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return object{"type": "string", "contentEncoding": "base64"}
		}
		return object{"type": []string{"array", "null"}, "items": schema(t.Elem(), depth+1)}
	case reflect.Struct:
		s := object{"type": "object", "additionalProperties": false}
		properties, must := object{}, []string{}
		members(t, depth, properties, &must)
		if s["properties"] = properties; len(must) > 0 {
			s["required"] = must
		}
		return s
	}
	return object{"type": "string"}
}

func members(t reflect.Type, depth int, properties object, must *[]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" {
			members(f.Type, depth, properties, must)
			continue
		}
		if !f.IsExported() || name == "-" {
			continue
		}
		s := schema(f.Type, depth+1)
		if one := f.Tag.Get("one"); one != "" && s["type"] == "string" {
			s["enum"] = strings.Split(one, "|")
		}
		if most, err := strconv.Atoi(f.Tag.Get("max")); err == nil && s["type"] == "string" {
			s["maxLength"] = most
		}
		if says := f.Tag.Get("says"); says != "" {
			s["description"] = says
		}
		if eg := f.Tag.Get("eg"); eg != "" && s["type"] == "string" {
			s["examples"] = []string{eg}
		}
		if properties[name] = s; !strings.Contains(options, "omit") {
			*must = append(*must, name)
		}
	}
}
