namespace Caas.Core.Webhooks;

/// <summary>What waits for one webhook: deliveries of a lane one behind the other, lanes side by side, each due at its time. Not thread-safe.</summary>
internal sealed class WebhookLanes
{
    private readonly Dictionary<string, Lane> _lanes = [];
    private readonly PriorityQueue<string, (DateTimeOffset Due, long Position)> _due = new();

    /// <summary>How many wait or are under way.</summary>
    public int Count { get; private set; }

    /// <summary>When the next one is due; null: none waits.</summary>
    public DateTimeOffset? NextDue => _due.TryPeek(out _, out var next) ? next.Due : null;

    public void Add(WebhookDelivery delivery)
    {
        Count++;
        if (_lanes.TryGetValue(delivery.Lane, out var lane))
        {
            lane.Rest.Enqueue(delivery);
            return;
        }

        _lanes.Add(delivery.Lane, new(delivery));
        _due.Enqueue(delivery.Lane, DueOf(delivery));
    }

    /// <summary>The first one that is due, if any; its lane rests until it has <see cref="Ended"/>.</summary>
    public WebhookDelivery? TryTake(DateTimeOffset now)
    {
        if (_due.TryPeek(out var name, out var next) && next.Due <= now)
        {
            _due.Dequeue();
            _lanes[name].IsTaken = true;
            return _lanes[name].Head;
        }

        return null;
    }

    /// <summary>Those that wait for another attempt, by position ascending, after a position.</summary>
    public IReadOnlyList<WebhookDelivery> Retrying(long after, int most) =>
        [.. _lanes.Values.Where(lane => !lane.IsTaken && lane.Head.Attempts > 0 && lane.Head.Position > after).Select(lane => lane.Head).OrderBy(delivery => delivery.Position).Take(most)];

    /// <summary>The first one of its lane, which was taken or waited for another attempt, is done, or waits for another time.</summary>
    public void Ended(WebhookDelivery delivery)
    {
        var lane = _lanes[delivery.Lane];
        if (!lane.IsTaken)
        {
            _due.Remove(delivery.Lane, out _, out _);
        }

        lane.IsTaken = false;
        if (delivery.State == Contracts.WebhookDeliveryState.Pending)
        {
            lane.Head = delivery;
        }
        else
        {
            Count--;
            if (!lane.Rest.TryDequeue(out var next))
            {
                _lanes.Remove(delivery.Lane);
                return;
            }

            lane.Head = next;
        }

        _due.Enqueue(delivery.Lane, DueOf(lane.Head));
    }

    /// <summary>Whatever waits for another attempt waits no longer.</summary>
    public void MakeDue(DateTimeOffset now)
    {
        _due.Clear();
        foreach (var (name, lane) in _lanes.Where(lane => !lane.Value.IsTaken))
        {
            lane.Head = lane.Head.NextAt > now ? lane.Head with { NextAt = now } : lane.Head;
            _due.Enqueue(name, DueOf(lane.Head));
        }
    }

    private static (DateTimeOffset Due, long Position) DueOf(WebhookDelivery delivery) => (delivery.NextAt ?? delivery.At, delivery.Position);

    private sealed class Lane(WebhookDelivery head)
    {
        public WebhookDelivery Head { get; set; } = head;

        public bool IsTaken { get; set; }

        public Queue<WebhookDelivery> Rest { get; } = [];
    }
}
