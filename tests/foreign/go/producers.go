package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

func sendSync(s *stage) any {
	sender := s.producer()
	var sent []any
	for _, body := range []string{"one", "zwei", "三"} {
		message := s.message(body, 1).WithTag("TagA").WithKeys([]string{"key1", "key2"})
		message.WithProperty("colour", "grün")
		message.Flag = 7
		result := the(sender.SendSync(context.Background(), message))
		transaction := given(result.TransactionID)
		if transaction != nil {
			transaction = "given"
		}
		sent = append(sent, facts{
			"status": status(result), "queueId": result.MessageQueue.QueueId, "queueOffset": result.QueueOffset,
			"region": result.RegionID, "offsetIdLength": len(result.OffsetMsgID),
			"transactionId": transaction,
		})
	}
	read := s.read(3)
	return facts{
		"sent": sent, "bodies": bodies(read), "tags": read[0].GetTags(), "keys": strings.TrimSpace(read[0].GetKeys()),
		"colour": read[0].GetProperty("colour"), "flag": read[0].Flag, "reconsumeTimes": read[0].ReconsumeTimes,
	}
}

func sendAsync(s *stage) any {
	sender := s.producer()
	var mutex sync.Mutex
	var offsets collected[int64]
	var failures []error
	for i := 0; i < 10; i++ {
		answered := func(_ context.Context, result *primitive.SendResult, err error) {
			if err != nil {
				mutex.Lock()
				defer mutex.Unlock()
				failures = append(failures, err)
				return
			}
			offsets.add(result.QueueOffset)
		}
		must(sender.SendAsync(context.Background(), answered, s.message(fmt.Sprintf("async %d", i), 0)))
	}
	places := offsets.await(10)
	seen := map[int64]bool{}
	for _, place := range places {
		seen[place] = true
	}
	ordered := []int64{}
	for place := int64(0); place < 10; place++ {
		if seen[place] {
			ordered = append(ordered, place)
		}
	}
	return facts{"offsets": ordered, "bodies": sorted(bodies(s.read(10)))}
}

func sendOneway(s *stage) any {
	sender := s.producer()
	the(sender.SendSync(context.Background(), s.message("connected", 0)))
	for _, body := range []string{"a", "b", "c"} {
		must(sender.SendOneWay(context.Background(), s.message(body, 0)))
	}
	return facts{"bodies": sorted(bodies(s.read(4)))}
}

func sendBatch(s *stage) any {
	first := s.message("first", 2).WithTag("TagA")
	second := s.message("second", 2).WithTag("TagB")
	result := the(s.producer().SendSync(context.Background(), first, second, s.message("third", 2)))
	var read []any
	for _, message := range s.read(3) {
		read = append(read, []any{message.QueueOffset, given(message.GetTags()), string(message.Body)})
	}
	return facts{
		"status": status(result), "queueId": result.MessageQueue.QueueId, "queueOffset": result.QueueOffset,
		"ids": len(strings.Split(result.OffsetMsgID, ",")), "read": read,
	}
}

func sendOrdered(s *stage) any {
	sender := s.producer(producer.WithQueueSelector(byOrder{}))
	for i := 0; i < 12; i++ {
		message := primitive.NewMessage(s.Topic, []byte(fmt.Sprintf("step %d", i)))
		message.WithProperty("order", strconv.Itoa(i))
		the(sender.SendSync(context.Background(), message))
	}
	queues := map[string][]string{}
	for _, message := range s.read(12) {
		queue := strconv.Itoa(message.Queue.QueueId)
		queues[queue] = append(queues[queue], string(message.Body))
	}
	return queues
}

// byOrder selects a queue by a property.
type byOrder struct{}

func (byOrder) Select(
	message *primitive.Message, queues []*primitive.MessageQueue, _ string,
) *primitive.MessageQueue {
	wanted := the(strconv.Atoi(message.GetProperty("order"))) % len(queues)
	for _, queue := range queues {
		if queue.QueueId == wanted {
			return queue
		}
	}
	return nil
}

func sendDelayLevel(s *stage) any {
	return delayed(s, s.message("later", 3).WithDelayTimeLevel(2), 5*time.Second)
}

func sendTimer(s *stage) any {
	message := s.message("later", 3)
	message.WithProperty("TIMER_DELAY_MS", "2000")
	return delayed(s, message, 2*time.Second)
}

func delayed(s *stage, message *primitive.Message, delay time.Duration) any {
	sent := the(s.producer().SendSync(context.Background(), message))
	read := s.read(1)[0]
	return facts{
		"status": status(sent), "queueId": sent.MessageQueue.QueueId, "body": string(read.Body),
		"queueOffset": read.QueueOffset, "early": read.StoreTimestamp < read.BornTimestamp+delay.Milliseconds(),
		"delayLevel": given(read.GetProperty("DELAY")), "realTopic": given(read.GetProperty("REAL_TOPIC")),
		"realQueue": given(read.GetProperty("REAL_QID")),
	}
}

func sendCompressed(s *stage) any {
	body := strings.Repeat("repetition ", 2_000)
	the(s.producer().SendSync(context.Background(), s.message(body, 0)))
	read := s.read(1)[0]
	return facts{
		"same": string(read.Body) == body, "small": read.StoreSize < 2_000, "codec": read.SysFlag >> 8 & 7,
	}
}

func sendToNewTopic(s *stage) any {
	s.Topic += "-new"
	sender := s.producer(producer.WithQueueSelector(producer.NewRoundRobinQueueSelector()))
	queues := map[int]bool{}
	var first *primitive.SendResult
	for i := 0; i < 8; i++ {
		result := the(sender.SendSync(context.Background(), primitive.NewMessage(s.Topic, []byte("hello"))))
		queues[result.MessageQueue.QueueId] = true
		if first == nil {
			first = result
		}
	}
	return facts{"status": status(first), "queueOffset": first.QueueOffset, "queues": len(queues)}
}

func readAll(s *stage) any {
	var read []any
	for _, message := range s.read(s.Count) {
		properties := facts{}
		for name, value := range message.GetProperties() {
			properties[name] = value
		}
		read = append(read, facts{"body": string(message.Body), "flag": message.Flag, "properties": properties})
	}
	return read
}

func status(result *primitive.SendResult) string {
	if result.Status == primitive.SendOK {
		return "SEND_OK"
	}
	return fmt.Sprintf("status %d", result.Status)
}
