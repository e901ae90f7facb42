using System.Collections.Concurrent;

namespace Caas.Core.Push;

/// <summary>Until when devices are left alone: their service asked for time, or did not answer. Known to the process that pushes; the next one asks once more.</summary>
internal sealed class PushPauses(TimeProvider clock)
{
    private const int Many = 10_000;

    private readonly ConcurrentDictionary<(string Device, bool Calls), DateTimeOffset> _until = [];

    public void Set(PushJob job, DateTimeOffset until)
    {
        if (_until.Count >= Many)
        {
            foreach (var over in _until.Where(one => one.Value <= clock.GetUtcNow()))
            {
                _until.TryRemove(over);
            }
        }

        _until[KeyOf(job)] = until;
    }

    /// <returns>Null: it may be asked.</returns>
    public DateTimeOffset? Find(PushJob job)
    {
        if (!_until.TryGetValue(KeyOf(job), out var until))
        {
            return null;
        }

        if (until > clock.GetUtcNow())
        {
            return until;
        }

        _until.TryRemove(KeyValuePair.Create(KeyOf(job), until));
        return null;
    }

    private static (string, bool) KeyOf(PushJob job) => (PushPlaces.DeviceOf(job), job.IsCall);
}
