using System.Collections.Concurrent;
using Caas.Core.Events;

namespace Caas.Tests.Events;

/// <summary>A target that takes its time when told to, and whose first producers fail.</summary>
internal sealed class SlowSink : IEventSink
{
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _opened;
    private int _hold;

    public int Failures { get; init; }

    public int Opened => _opened;

    public Task Held => _held.Task;

    public ConcurrentQueue<EventRecord> Published { get; } = new();

    public void Hold() => _hold = 1;

    public void Release() => _release.SetResult();

    public IEventProducer Open() => new Producer(this, Interlocked.Increment(ref _opened) <= Failures);

    private sealed class Producer(SlowSink sink, bool fails) : IEventProducer
    {
        public async Task PublishAsync(IReadOnlyList<EventRecord> records, CancellationToken cancellationToken)
        {
            if (fails)
            {
                throw new InvalidOperationException("this producer is dead");
            }

            if (Interlocked.Exchange(ref sink._hold, 0) == 1)
            {
                sink._held.SetResult();
                await sink._release.Task.WaitAsync(cancellationToken);
            }

            foreach (var record in records)
            {
                sink.Published.Enqueue(record);
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
