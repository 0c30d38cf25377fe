package live

import "context"

// Epoch is what gives the numbers of all channels their meaning, for a page
// that has read a channel's number together with its own rows.
func (h *Hub) Epoch(ctx context.Context) (string, error) {
	if e := h.epochNow(); e != "" {
		return e, nil
	}
	return h.findEpoch(ctx)
}
