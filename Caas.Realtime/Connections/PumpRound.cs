namespace Caas.Realtime.Connections;

/// <summary>Outboxes that one delivery has woken: written to some at a time, not each as work of its own for the thread pool.</summary>
internal sealed class PumpRound
{
    /// <summary>Of a large conversation's outboxes so many go together, and the others beside them.</summary>
    private const int Together = 32;

    private List<Outbox>? _woken;

    /// <summary>The outbox pumps when the round begins, and not before.</summary>
    public void Add(Outbox outbox) => (_woken ??= []).Add(outbox);

    /// <summary>Begins, away from the caller. Must be called, whatever went wrong meanwhile.</summary>
    public void Begin()
    {
        for (var first = 0; first < _woken?.Count; first += Together)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static some => some.Run(), new Part(_woken, first), preferLocal: false);
        }
    }

    private readonly record struct Part(List<Outbox> Woken, int First)
    {
        public void Run()
        {
            for (var i = First; i < Woken.Count && i < First + Together; i++)
            {
                // Until a write has to wait, or its turn is over: then it goes on by itself.
                Woken[i].Pump();
            }
        }
    }
}
