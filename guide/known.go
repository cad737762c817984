package guide

// KnownCheck reports whether our catalogue has a check of that id.
func KnownCheck(id string) bool {
	_, ok := Shipped().CheckText(id)
	return ok
}
