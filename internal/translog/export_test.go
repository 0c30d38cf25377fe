package translog

// FailAt has the next rounds fail at a step: sequenced, recorded, signed. A
// crash there leaves what was done before and nothing after.
func (s *Service) FailAt(f func(step string) error) { s.step = f }
