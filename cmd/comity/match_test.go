package main

import "regexp"

func matches(pattern, s string) bool { return regexp.MustCompile("(?m)" + pattern).MatchString(s) }

func group(pattern, s string) string {
	m := regexp.MustCompile("(?m)" + pattern).FindStringSubmatch(s)
	if len(m) < 2 {
		return ""
	}
	return m[1]
}
