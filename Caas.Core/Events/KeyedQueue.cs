namespace Caas.Core.Events;

/// <summary>Runs work in order per key, different keys side by side. It is the caller who bounds how much is under way.</summary>
public sealed class KeyedQueue
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Lane> _lanes = [];

    /// <summary>Runs the work once all earlier work of its key has ended. It should not throw; work that throws ends all the same.</summary>
    public void Enqueue(string key, Func<Task> work)
    {
        lock (_gate)
        {
            if (_lanes.TryGetValue(key, out var lane))
            {
                lane.Waiting.Enqueue(work);
                return;
            }

            lane = new Lane();
            lane.Waiting.Enqueue(work);
            _lanes.Add(key, lane);
            lane.Running = RunAsync(key, lane);
        }
    }

    /// <summary>Ends when nothing runs or waits, provided that nothing is added meanwhile.</summary>
    public async Task DrainAsync()
    {
        while (true)
        {
            Task[] running;
            lock (_gate)
            {
                running = [.. _lanes.Values.Select(lane => lane.Running)];
            }

            if (running.Length == 0)
            {
                return;
            }

            await Task.WhenAll(running);
        }
    }

    private async Task RunAsync(string key, Lane lane)
    {
        // Never on the caller's stack: it holds the lock.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (true)
        {
            Func<Task> work;
            lock (_gate)
            {
                if (!lane.Waiting.TryDequeue(out work!))
                {
                    _lanes.Remove(key);
                    return;
                }
            }

            await work().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private sealed class Lane
    {
        public Queue<Func<Task>> Waiting { get; } = [];

        public Task Running { get; set; } = Task.CompletedTask;
    }
}
