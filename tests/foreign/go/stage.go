package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/admin"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

const patience = 75 * time.Second

var clients atomic.Int64

// stage is what a scenario plays on: a topic and a group of its own, and clients that end with it.
type stage struct {
	request
	endings []func() error
}

type handler func(*primitive.MessageExt) consumer.ConsumeResult

func (s *stage) close() {
	for i := len(s.endings) - 1; i >= 0; i-- {
		if err := s.endings[i](); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}

func name() string {
	return fmt.Sprintf("foreign-%d", clients.Add(1))
}

func (s *stage) producer(options ...producer.Option) rocketmq.Producer {
	made := the(rocketmq.NewProducer(append([]producer.Option{
		producer.WithNameServer([]string{s.Namesrv}),
		producer.WithGroupName(s.Group + "-producer"),
		producer.WithInstanceName(name()),
		producer.WithSendMsgTimeout(10 * time.Second),
		producer.WithQueueSelector(producer.NewManualQueueSelector()),
	}, options...)...))
	must(made.Start())
	s.endings = append(s.endings, made.Shutdown)
	return made
}

func (s *stage) consumer(
	group string, selector consumer.MessageSelector, handle handler, options ...consumer.Option,
) rocketmq.PushConsumer {
	made := the(rocketmq.NewPushConsumer(append([]consumer.Option{
		consumer.WithNameServer([]string{s.Namesrv}),
		consumer.WithGroupName(group),
		consumer.WithInstance(name()),
		consumer.WithConsumeFromWhere(consumer.ConsumeFromFirstOffset),
	}, options...)...))
	each := func(ctx context.Context, messages ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
		if delivery, concurrent := primitive.GetConcurrentlyCtx(ctx); concurrent {
			delivery.DelayLevelWhenNextConsume = 1 // retries come after a second instead of ten
		}
		result := consumer.ConsumeSuccess
		for _, message := range messages {
			result = handle(message)
		}
		return result, nil
	}
	must(made.Subscribe(s.Topic, selector, each))
	must(made.Start())
	s.endings = append(s.endings, made.Shutdown)
	return made
}

// leave ends the consumer that was made last.
func (s *stage) leave(last rocketmq.PushConsumer) {
	must(last.Shutdown())
	s.endings = s.endings[:len(s.endings)-1]
}

func (s *stage) message(body string, queue int) *primitive.Message {
	message := primitive.NewMessage(s.Topic, []byte(body))
	message.Queue = &primitive.MessageQueue{Topic: s.Topic, BrokerName: s.BrokerName, QueueId: queue}
	return message
}

func (s *stage) admin() admin.Admin {
	return the(admin.NewAdmin(admin.WithResolver(primitive.NewPassthroughResolver([]string{s.Namesrv}))))
}

// awaitRoute waits until the NameServer knows a topic.
//
// Consumers look for routes when they start, and then every 30 seconds.
func (s *stage) awaitRoute(topic string) {
	client := s.admin()
	defer client.Close()
	deadline := time.Now().Add(patience)
	for {
		known := the(client.FetchAllTopicList(context.Background())).TopicList
		if slices.Contains(known, topic) {
			return
		}
		if time.Now().After(deadline) {
			panic(fmt.Sprintf("no route to %s after %v", topic, patience))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// read returns so many messages of the topic, in the order of queues and offsets.
func (s *stage) read(count int) []*primitive.MessageExt {
	var read collected[*primitive.MessageExt]
	s.consumer(s.Group+"-reader", consumer.MessageSelector{}, func(message *primitive.MessageExt) consumer.ConsumeResult {
		read.add(message)
		return consumer.ConsumeSuccess
	})
	messages := read.await(count)
	sort.Slice(messages, func(i, j int) bool {
		one, other := messages[i], messages[j]
		if one.Queue.QueueId != other.Queue.QueueId {
			return one.Queue.QueueId < other.Queue.QueueId
		}
		return one.QueueOffset < other.QueueOffset
	})
	return messages
}

func bodies(messages []*primitive.MessageExt) []string {
	texts := make([]string, 0, len(messages))
	for _, message := range messages {
		texts = append(texts, string(message.Body))
	}
	return texts
}

// collected is a list that several goroutines add to and one waits for.
type collected[T any] struct {
	mutex  sync.Mutex
	values []T
}

func (c *collected[T]) add(value T) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.values = append(c.values, value)
}

func (c *collected[T]) await(count int) []T {
	deadline := time.Now().Add(patience)
	for {
		c.mutex.Lock()
		values := append([]T(nil), c.values...)
		c.mutex.Unlock()
		if len(values) >= count {
			return values
		}
		if time.Now().After(deadline) {
			panic(fmt.Sprintf("%d of %d after %v: %v", len(values), count, patience, values))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func sorted(values []string) []string {
	sort.Strings(values)
	return values
}

// given is nil for what is not there, as JSON has it.
func given(text string) any {
	if text == "" {
		return nil
	}
	return text
}
