using System.Diagnostics.CodeAnalysis;

namespace Caas.Realtime.Delivery;

/// <summary>What one connection watches, by log. A connection that watches nothing, or one conversation, has no dictionary: most are idle, and each would cost a quarter of a kilobyte.</summary>
internal sealed class WatchTable
{
    /// <summary>Null, a watch, or a dictionary of them.</summary>
    private object? _watches;

    public IReadOnlyList<LogId> Keys
    {
        get
        {
            lock (this)
            {
                return _watches switch { Watch one => [one.Feed.Log], Dictionary<LogId, Watch> many => [.. many.Keys], _ => [] };
            }
        }
    }

    public IReadOnlyList<Watch> Values
    {
        get
        {
            lock (this)
            {
                return _watches switch { Watch one => [one], Dictionary<LogId, Watch> many => [.. many.Values], _ => [] };
            }
        }
    }

    public bool ContainsKey(LogId log) => TryGetValue(log, out _);

    public bool TryGetValue(LogId log, [NotNullWhen(true)] out Watch? watch)
    {
        lock (this)
        {
            watch = _watches switch { Watch one when one.Feed.Log == log => one, Dictionary<LogId, Watch> many => many.GetValueOrDefault(log), _ => null };
            return watch is not null;
        }
    }

    /// <summary>Adds a watch, in place of one of the same log.</summary>
    /// <returns>False when there was one.</returns>
    public bool Set(Watch watch)
    {
        var log = watch.Feed.Log;
        lock (this)
        {
            switch (_watches)
            {
                case Dictionary<LogId, Watch> many:
                    var added = !many.ContainsKey(log);
                    many[log] = watch;
                    return added;
                case Watch one when one.Feed.Log != log:
                    _watches = new Dictionary<LogId, Watch> { [one.Feed.Log] = one, [log] = watch };
                    return true;
                case var before:
                    _watches = watch;
                    return before is null;
            }
        }
    }

    /// <summary>Removes this watch; another one of the same log stays.</summary>
    /// <returns>False when it is not there.</returns>
    public bool Remove(Watch watch)
    {
        lock (this)
        {
            if (_watches is Dictionary<LogId, Watch> many)
            {
                return many.TryGetValue(watch.Feed.Log, out var known) && known == watch && many.Remove(watch.Feed.Log);
            }

            var found = _watches == watch;
            _watches = found ? null : _watches;
            return found;
        }
    }
}
