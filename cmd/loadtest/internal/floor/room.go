package floor

import (
	"io"
	"net/http"
	"sync"

	"github.com/gorilla/websocket"
	"github.com/labstack/echo/v4"
)

// room is a set of sockets. Each costs one goroutine that reads, small buffers
// and a place in the set; whoever publishes writes.
type room struct {
	up      websocket.Upgrader
	mu      sync.RWMutex
	members map[*websocket.Conn]struct{}
}

// writers is how many goroutines share the writing of one message: more than
// there are processors gains nothing.
const writers = 4

func newRoom() *room {
	return &room{
		up: websocket.Upgrader{
			ReadBufferSize: 512, WriteBufferSize: 512, WriteBufferPool: &sync.Pool{},
			CheckOrigin: func(*http.Request) bool { return true }, // loopback only, and nothing to protect
		},
		members: map[*websocket.Conn]struct{}{},
	}
}

func (r *room) routes(e *echo.Echo) {
	e.GET("/ws", r.enter)
	e.POST("/publish", r.publish)
}

// enter returns once the socket is open: net/http then frees what the request
// needed.
func (r *room) enter(c echo.Context) error {
	ws, err := r.up.Upgrade(c.Response(), c.Request(), nil)
	if err != nil {
		return nil // Upgrade has answered
	}
	ws.SetReadLimit(4096)
	r.mu.Lock()
	r.members[ws] = struct{}{}
	r.mu.Unlock()
	go r.stay(ws)
	return nil
}

func (r *room) stay(ws *websocket.Conn) {
	for {
		if _, _, err := ws.NextReader(); err != nil {
			break
		}
	}
	r.mu.Lock()
	delete(r.members, ws)
	r.mu.Unlock()
	ws.Close()
}

// publish writes the body to every member as one prepared message and answers
// when all have it in their socket.
func (r *room) publish(c echo.Context) error {
	b, err := io.ReadAll(io.LimitReader(c.Request().Body, 64<<10))
	if err != nil {
		return err
	}
	m, err := websocket.NewPreparedMessage(websocket.TextMessage, b)
	if err != nil {
		return err
	}
	r.mu.RLock()
	list := make([]*websocket.Conn, 0, len(r.members))
	for ws := range r.members {
		list = append(list, ws)
	}
	r.mu.RUnlock()
	var writing sync.WaitGroup
	for k := range writers {
		part := list[k*len(list)/writers : (k+1)*len(list)/writers]
		writing.Go(func() {
			for _, ws := range part {
				_ = ws.WritePreparedMessage(m) // stay notices a socket that is gone
			}
		})
	}
	writing.Wait()
	return c.NoContent(http.StatusNoContent)
}
