// What a member of a room (the path) says goes to all its members: one prepared message, a goroutine a member.
//
//	gorilla PORT
package main

import (
	"log"
	"net/http"
	"os"
	"sync"

	"github.com/gorilla/websocket"
)

const waitingMost = 1024

type room struct {
	sync.RWMutex
	members map[chan *websocket.PreparedMessage]struct{}
}

var (
	rooms    sync.Map
	upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
)

func (r *room) tell(data []byte) {
	message, err := websocket.NewPreparedMessage(websocket.TextMessage, data)
	if err != nil {
		return
	}
	r.RLock()
	defer r.RUnlock()
	for member := range r.members {
		member <- message
	}
}

func write(socket *websocket.Conn, messages <-chan *websocket.PreparedMessage) {
	for message := range messages {
		if socket.WritePreparedMessage(message) != nil {
			socket.Close()
		}
	}
}

func serve(w http.ResponseWriter, request *http.Request) {
	socket, err := upgrader.Upgrade(w, request, nil)
	if err != nil {
		return
	}
	defer socket.Close()
	found, _ := rooms.LoadOrStore(request.URL.Path, &room{members: map[chan *websocket.PreparedMessage]struct{}{}})
	here := found.(*room)
	messages := make(chan *websocket.PreparedMessage, waitingMost)
	here.Lock()
	here.members[messages] = struct{}{}
	here.Unlock()
	go write(socket, messages)
	for {
		_, data, err := socket.ReadMessage()
		if err != nil {
			break
		}
		here.tell(data)
	}
	here.Lock()
	delete(here.members, messages)
	here.Unlock()
	close(messages)
}

func main() {
	http.HandleFunc("/", serve)
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
