package shaping

import "caravan/internal/search"

// Sources are what the search index asks for words.
func (s *Service) Sources() []search.Source { return nil }
