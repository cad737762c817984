package store

func SetPragmas(p ...string) { pragmas = append(pragmas[:8:8], p...) }
func ReplacePragma(i int, p string) { pragmas[i] = p }
