package main

import (
	"context"
	"strings"
	"time"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

const answerTime = 40 * time.Second

// requestReplies asks twice, waiting and with a callback; a consumer replies.
func requestReplies(s *stage) any {
	replier := s.producer(producer.WithQueueSelector(producer.NewRoundRobinQueueSelector()))
	s.consumer(s.Group, consumer.MessageSelector{}, func(question *primitive.MessageExt) consumer.ConsumeResult {
		return reply(replier, question)
	})
	requester := s.producer(producer.WithGroupName(s.Group + "-requester"))
	first := the(requester.Request(context.Background(), answerTime, s.message("question", 0)))
	var later collected[string]
	answered := func(_ context.Context, reply *primitive.Message, err error) {
		if err != nil {
			later.add(err.Error())
			return
		}
		later.add(string(reply.Body))
	}
	must(requester.RequestAsync(context.Background(), answerTime, answered, s.message("another", 0)))
	return []string{string(first.Body), later.await(1)[0]} // the client calls back twice, with the same reply
}

// reply answers a question, again and again until the broker knows who asks: requesters introduce themselves with their
// first heartbeat, a second after they have started, and until then the broker refuses what is meant for them.
func reply(replier rocketmq.Producer, question *primitive.MessageExt) consumer.ConsumeResult {
	message := the(consumer.CreateReplyMessage(question, nil)) // it takes a body, and reads properties out of it
	message.Body = []byte("re: " + string(question.Body))
	for deadline := time.Now().Add(answerTime); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if _, err := replier.SendSync(context.Background(), message); err == nil {
			break
		}
	}
	return consumer.ConsumeSuccess
}

func requestWithoutReply(s *stage) any {
	reply, err := s.producer().Request(context.Background(), 3*time.Second, s.message("question", 0))
	switch {
	case err == nil:
		return string(reply.Body)
	case strings.Contains(err.Error(), "wait reply message timeout"):
		return "timeout"
	default:
		panic(err)
	}
}
