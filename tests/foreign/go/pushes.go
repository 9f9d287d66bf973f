package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

// pushShared has two members; one leaves and the other takes its queues over.
func pushShared(s *stage) any {
	var mutex sync.Mutex
	seen, queues := map[string]bool{}, map[int]bool{}
	var firsts collected[string]
	member := func(name string) rocketmq.PushConsumer {
		return s.consumer(s.Group, consumer.MessageSelector{}, func(message *primitive.MessageExt) consumer.ConsumeResult {
			mutex.Lock()
			defer mutex.Unlock()
			body := string(message.Body)
			if !seen[body] {
				seen[body] = true
				firsts.add(body)
			}
			if name == "first" && strings.HasPrefix(body, "b") {
				queues[message.Queue.QueueId] = true
			}
			return consumer.ConsumeSuccess
		})
	}
	sender := s.producer()
	member("first")
	second := member("second")
	sendToAll(s, sender, "a")
	shared := sorted(firsts.await(8))
	s.leave(second)
	sendToAll(s, sender, "b")
	all := sorted(firsts.await(16))
	mutex.Lock()
	defer mutex.Unlock()
	return facts{"shared": shared, "all": all, "queues": []int{len(queues)}}
}

func pushOrderly(s *stage) any {
	sender := s.producer()
	for i := 0; i < 5; i++ {
		the(sender.SendSync(context.Background(), s.message(fmt.Sprintf("step %d", i), 1)))
	}
	var events collected[string]
	s.consumer(s.Group, consumer.MessageSelector{}, func(message *primitive.MessageExt) consumer.ConsumeResult {
		events.add(fmt.Sprintf("%s, attempt %d", message.Body, message.ReconsumeTimes))
		if string(message.Body) == "step 2" && message.ReconsumeTimes < 2 {
			return consumer.SuspendCurrentQueueAMoment
		}
		return consumer.ConsumeSuccess
	}, consumer.WithConsumerOrder(true), consumer.WithSuspendCurrentQueueTimeMillis(100*time.Millisecond))
	return events.await(7)
}

func pushBroadcasting(s *stage) any {
	sendToAll(s, s.producer(), "a")
	var events collected[string]
	for _, member := range []string{"first", "second"} {
		s.consumer(s.Group, consumer.MessageSelector{}, func(message *primitive.MessageExt) consumer.ConsumeResult {
			events.add(member + " " + string(message.Body))
			return consumer.ConsumeSuccess
		}, consumer.WithConsumerModel(consumer.BroadCasting))
	}
	return sorted(events.await(16))
}

func pushTags(s *stage) any {
	sender := s.producer()
	for _, tag := range []string{"TagA", "TagB", "TagC", "TagA"} {
		the(sender.SendSync(context.Background(), s.message("of "+tag, 0).WithTag(tag)))
	}
	the(sender.SendSync(context.Background(), s.message("without", 0)))
	the(sender.SendSync(context.Background(), s.message("the last", 0).WithTag("TagB")))
	return consumed(s, consumer.MessageSelector{Type: consumer.TAG, Expression: "TagA || TagB"}, 4)
}

func pushSQL92(s *stage) any {
	sender := s.producer()
	for price := 1; price <= 6; price++ {
		message := s.message(fmt.Sprintf("price %d", price), 0).WithTag([]string{"even", "odd"}[price%2])
		message.WithProperty("price", fmt.Sprint(price))
		the(sender.SendSync(context.Background(), message))
	}
	expression := "(price BETWEEN 2 AND 5 AND TAGS = 'odd') OR price IN ('6')"
	return consumed(s, consumer.MessageSelector{Type: consumer.SQL92, Expression: expression}, 3)
}

func transactions(s *stage) any {
	listener := &decisions{checks: map[string]any{}}
	sender := the(rocketmq.NewTransactionProducer(listener,
		producer.WithNameServer([]string{s.Namesrv}),
		producer.WithGroupName(s.Group+"-producer"),
		producer.WithInstanceName(name()),
		producer.WithSendMsgTimeout(10*time.Second)))
	must(sender.Start())
	s.endings = append(s.endings, sender.Shutdown)
	for _, body := range []string{"committed", "rolled back", "checked, committed", "checked, rolled back"} {
		message := primitive.NewMessage(s.Topic, []byte(body)).WithTag("TagA")
		the(sender.SendMessageInTransaction(context.Background(), message))
	}
	delivered := consumed(s, consumer.MessageSelector{Type: consumer.TAG, Expression: "TagA"}, 2)
	listener.seen.await(2)
	listener.mutex.Lock()
	defer listener.mutex.Unlock()
	return facts{"checks": listener.checks, "delivered": delivered}
}

// decisions says what becomes of a message by its body.
type decisions struct {
	mutex  sync.Mutex
	checks map[string]any
	seen   collected[string]
}

func (d *decisions) ExecuteLocalTransaction(message *primitive.Message) primitive.LocalTransactionState {
	switch string(message.Body) {
	case "committed":
		return primitive.CommitMessageState
	case "rolled back":
		return primitive.RollbackMessageState
	default:
		return primitive.UnknowState
	}
}

func (d *decisions) CheckLocalTransaction(message *primitive.MessageExt) primitive.LocalTransactionState {
	body := string(message.Body)
	if !strings.HasPrefix(body, "checked") {
		return primitive.UnknowState // 5.x may ask once more what it has been told a moment ago
	}
	d.mutex.Lock()
	if _, known := d.checks[body]; !known {
		d.seen.add(body)
	}
	d.checks[body] = facts{
		"topic": message.Topic, "tags": message.GetTags(),
		"sameId": message.TransactionId == message.GetProperty("UNIQ_KEY"),
	}
	d.mutex.Unlock()
	if body == "checked, committed" {
		return primitive.CommitMessageState
	}
	return primitive.RollbackMessageState
}

func sendToAll(s *stage, sender rocketmq.Producer, name string) {
	for i := 0; i < 8; i++ {
		the(sender.SendSync(context.Background(), s.message(fmt.Sprintf("%s%d", name, i), i%4)))
	}
}

func consumed(s *stage, selector consumer.MessageSelector, count int) []string {
	var read collected[string]
	s.consumer(s.Group, selector, func(message *primitive.MessageExt) consumer.ConsumeResult {
		read.add(string(message.Body))
		return consumer.ConsumeSuccess
	})
	return sorted(read.await(count))
}
