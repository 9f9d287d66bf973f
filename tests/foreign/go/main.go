// Foreign plays scenarios with the Go client for another process.
//
// It reads a JSON object a line, {"call": NUMBER, "operation": NAME, ...}, plays the scenarios at the same time, and
// answers each with a line, {"call": NUMBER, "result": OUTCOME} or {"call": NUMBER, "error": TEXT}.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"

	"github.com/apache/rocketmq-client-go/v2/rlog"
)

type request struct {
	Call       int    `json:"call"`
	Operation  string `json:"operation"`
	Namesrv    string `json:"namesrv"`
	Broker     string `json:"broker"`
	BrokerName string `json:"brokerName"`
	Topic      string `json:"topic"`
	Group      string `json:"group"`
	Count      int    `json:"count"`
}

type facts = map[string]any

var scenarios = map[string]func(*stage) any{
	"sync":         sendSync,
	"async":        sendAsync,
	"oneway":       sendOneway,
	"batch":        sendBatch,
	"ordered":      sendOrdered,
	"delayLevel":   sendDelayLevel,
	"timer":        sendTimer,
	"compressed":   sendCompressed,
	"newTopic":     sendToNewTopic,
	"shared":       pushShared,
	"orderly":      pushOrderly,
	"broadcasting": pushBroadcasting,
	"tags":         pushTags,
	"sql92":        pushSQL92,
	"retriedOnce":  pushRetriedOnce,
	"deadLetter":   pushRetriesAndDeadLetter,
	"transactions": transactions,
	"replies":      requestReplies,
	"noReply":      requestWithoutReply,
	"read":         readAll,
}

func main() {
	rlog.SetLogLevel("error")
	input := bufio.NewReader(os.Stdin)
	var writing sync.Mutex
	for {
		line, err := input.ReadBytes('\n')
		if err != nil {
			return
		}
		var asked request
		if err := json.Unmarshal(line, &asked); err != nil {
			panic(err)
		}
		go func() {
			answer, err := json.Marshal(play(asked))
			if err != nil {
				panic(err)
			}
			writing.Lock()
			defer writing.Unlock()
			fmt.Println(string(answer))
		}()
	}
}

func play(asked request) (answer facts) {
	answer = facts{"call": asked.Call}
	stage := &stage{request: asked}
	defer stage.close()
	defer func() {
		if failure := recover(); failure != nil {
			answer["error"] = fmt.Sprint(failure)
		}
	}()
	scenario, known := scenarios[asked.Operation]
	if !known {
		panic("no scenario " + asked.Operation)
	}
	answer["result"] = scenario(stage)
	return answer
}

// must ends a scenario with an error.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// the returns a value, or ends the scenario with an error.
func the[T any](value T, err error) T {
	must(err)
	return value
}
