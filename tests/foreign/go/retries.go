package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/apache/rocketmq-client-go/v2/admin"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
)

// pushRetriedOnce fails with a message once and is given it again, out of the group's retry topic.
func pushRetriedOnce(s *stage) any {
	s.makeRetryTopic()
	the(s.producer().SendSync(context.Background(), s.message("stumbling", 0)))
	var attempts collected[string]
	s.consumer(s.Group, consumer.MessageSelector{}, func(message *primitive.MessageExt) consumer.ConsumeResult {
		attempts.add(fmt.Sprintf("%s, attempt %d out of %s", attempt(message), message.ReconsumeTimes, message.Queue.Topic))
		if message.ReconsumeTimes == 0 {
			return consumer.ConsumeRetryLater
		}
		return consumer.ConsumeSuccess
	})
	return attempts.await(2)
}

// pushRetriesAndDeadLetter makes three attempts; then the message is in the dead-letter queue.
func pushRetriesAndDeadLetter(s *stage) any {
	s.makeRetryTopic()
	message := s.message("poison", 0).WithTag("TagA").WithKeys([]string{"order-1"})
	the(s.producer().SendSync(context.Background(), message))
	var attempts collected[string]
	s.consumer(s.Group, consumer.MessageSelector{}, func(read *primitive.MessageExt) consumer.ConsumeResult {
		attempts.add(fmt.Sprintf("%s, attempt %d", attempt(read), read.ReconsumeTimes))
		return consumer.ConsumeRetryLater
	}, consumer.WithMaxReconsumeTimes(2))
	three := attempts.await(3)
	s.Topic = "%DLQ%" + s.Group
	s.awaitRoute(s.Topic)
	dead := s.read(1)[0]
	return facts{
		"attempts": three, "body": string(dead.Body), "tags": dead.GetTags(), "keys": strings.TrimSpace(dead.GetKeys()),
		"reconsumeTimes": dead.ReconsumeTimes, "retryTopic": dead.GetProperty("RETRY_TOPIC"),
		"sameId": message.GetProperty("UNIQ_KEY") == dead.GetProperty("UNIQ_KEY"),
	}
}

func attempt(message *primitive.MessageExt) string {
	return message.Topic + " " + string(message.Body)
}

// makeRetryTopic makes the group's retry topic ahead: brokers make it when they hear of a member, and members look for
// its route when they start and then every 30 seconds.
func (s *stage) makeRetryTopic() {
	topic := "%RETRY%" + s.Group
	client := s.admin()
	defer client.Close()
	must(client.CreateTopic(
		context.Background(),
		admin.WithTopicCreate(topic),
		admin.WithBrokerAddrCreate(s.Broker),
		admin.WithReadQueueNums(1),
		admin.WithWriteQueueNums(1),
	))
	s.awaitRoute(topic)
}
