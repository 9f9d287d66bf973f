"""A shop around the topic `orders`: a service, an outbox, a batch loader and a consumer, each as one deploys it."""
