-- What does not wait any more, such as scheduled messages that could not be sent: retention finds them by their time.
CREATE INDEX timed_set_aside ON timed (tenant, kind, due_at) WHERE waiting = 0;
