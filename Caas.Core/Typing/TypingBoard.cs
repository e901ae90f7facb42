using System.Collections.Concurrent;
using Caas.Core.Entries;
using Microsoft.Extensions.Options;

namespace Caas.Core.Typing;

/// <summary>Who is typing now, as this process has heard. It forgets by itself what is not said again, and tells each change of a conversation in order, at most ten times a second.</summary>
public sealed class TypingBoard(IOptions<TypingOptions> options, TypingMetrics metrics, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Spacing = TimeSpan.FromMilliseconds(100);

    private readonly TimeSpan _lifetime = options.Value.Lifetime;
    private readonly TimeProvider _clock = clock;
    private readonly TypingMetrics _metrics = metrics;
    private readonly ConcurrentDictionary<LogId, Table> _tables = new();

    /// <summary>Others type now than were told last. Must be quick; one conversation's come one after the other.</summary>
    public event Action<TypingChange>? Changed;

    /// <summary>Conversations in which somebody types.</summary>
    public int Count => _tables.Count;

    /// <summary>All who type, as this process has heard.</summary>
    public IReadOnlyList<(LogId Log, UserId User)> Shown() => [.. _tables.SelectMany(table => table.Value.Users().Select(user => (table.Key, user)))];

    /// <summary>Who was told to type in a conversation.</summary>
    public IReadOnlyList<Typist> Told(LogId log) => _tables.TryGetValue(log, out var table) ? table.Told() : [];

    /// <summary>How somebody's typing stands; null: they do not type.</summary>
    public (Typist Typist, TimeSpan SinceRenewed)? Find(LogId log, UserId user) => _tables.TryGetValue(log, out var table) ? table.Find(user) : null;

    /// <summary>Somebody types, or types on: what began first counts as the beginning.</summary>
    /// <param name="own">It was said to this process, which measures it.</param>
    public void Start(LogId log, Typist typist, bool own)
    {
        while (!_tables.GetOrAdd(log, static (log, board) => new(board, log), this).TryStart(typist, own))
        {
            // The last of the old table had just gone.
        }
    }

    /// <summary>Somebody types no more, unless it began after <paramref name="notAfter"/>.</summary>
    public void Stop(LogId log, UserId user, DateTimeOffset notAfter, TypingEnd end)
    {
        if (_tables.TryGetValue(log, out var table))
        {
            table.Stop(user, notAfter, end);
        }
    }

    public void Dispose()
    {
        foreach (var table in _tables.Values)
        {
            table.Dispose();
        }
    }

    private sealed class Table : IDisposable
    {
        private readonly TypingBoard _board;
        private readonly LogId _log;
        private readonly Lock _gate = new();
        private readonly Dictionary<UserId, Place> _places = [];
        private readonly TimeProvider _clock;
        private readonly TimeSpan _lifetime;
        private readonly ITimer _timer;
        private IReadOnlyList<Typist> _told = [];
        private long? _toldAt;
        private bool _ended;

        public Table(TypingBoard board, LogId log)
        {
            (_board, _log, _clock, _lifetime) = (board, log, board._clock, board._lifetime);
            _timer = _clock.CreateTimer(static table => ((Table)table!).Settle(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public (Typist, TimeSpan)? Find(UserId user)
        {
            lock (_gate)
            {
                return _places.TryGetValue(user, out var place) && SinceRenewed(place) < _lifetime ? (place.Typist, SinceRenewed(place)) : null;
            }
        }

        public UserId[] Users()
        {
            lock (_gate)
            {
                return [.. _places.Keys];
            }
        }

        public IReadOnlyList<Typist> Told()
        {
            lock (_gate)
            {
                return _told;
            }
        }

        public bool TryStart(Typist typist, bool own)
        {
            lock (_gate)
            {
                if (_ended)
                {
                    return false;
                }

                RemoveExpired();
                if (_places.TryGetValue(typist.User, out var place))
                {
                    place.RenewedAt = _clock.GetTimestamp();
                    place.Own |= own;
                }
                else
                {
                    _places.Add(typist.User, new() { Typist = typist, RenewedAt = _clock.GetTimestamp(), Own = own });
                    if (own)
                    {
                        _board._metrics.Started();
                    }
                }

                TellAndWait();
                return true;
            }
        }

        public void Stop(UserId user, DateTimeOffset notAfter, TypingEnd end)
        {
            lock (_gate)
            {
                if (_places.TryGetValue(user, out var place) && place.Typist.StartedAt <= notAfter)
                {
                    Remove(place, end);
                    TellAndWait();
                }
            }
        }

        public void Dispose() => _timer.Dispose();

        private void Settle()
        {
            lock (_gate)
            {
                if (!_ended)
                {
                    RemoveExpired();
                    TellAndWait();
                }
            }
        }

        private void RemoveExpired()
        {
            foreach (var place in _places.Values)
            {
                if (SinceRenewed(place) >= _lifetime)
                {
                    Remove(place, TypingEnd.Expired);
                }
            }
        }

        private void Remove(Place place, TypingEnd end)
        {
            _places.Remove(place.Typist.User);
            if (place.Own)
            {
                var until = end == TypingEnd.Expired ? _clock.GetUtcNow() - SinceRenewed(place) : _clock.GetUtcNow();
                _board._metrics.Ended(until > place.Typist.StartedAt ? until - place.Typist.StartedAt : TimeSpan.Zero, end);
            }
        }

        /// <summary>Tells what is new, or waits with it when something was just told; then for the first of what runs out.</summary>
        private void TellAndWait()
        {
            Typist[] now = [.. _places.Values.Select(place => place.Typist).OrderBy(typist => typist.StartedAt).ThenBy(typist => typist.User.Value, StringComparer.Ordinal)];
            var wait = now.Length == 0 ? Timeout.InfiniteTimeSpan : _places.Values.Min(place => _lifetime - SinceRenewed(place));
            if (!now.Select(typist => typist.User).SequenceEqual(_told.Select(typist => typist.User)))
            {
                var spaced = _toldAt is { } at ? Spacing - _clock.GetElapsedTime(at) : TimeSpan.Zero;
                if (spaced <= TimeSpan.Zero)
                {
                    var before = _told;
                    (_told, _toldAt) = (now, _clock.GetTimestamp());
                    _board.Changed?.Invoke(new(_log, before, now));
                }
                else
                {
                    wait = now.Length == 0 || spaced < wait ? spaced : wait;
                }
            }

            if (now.Length == 0 && _told.Count == 0)
            {
                _ended = true;
                _board._tables.TryRemove(new(_log, this));
                _timer.Dispose();
                return;
            }

            // Timers count in whole milliseconds: never a little too early.
            _timer.Change(wait == Timeout.InfiniteTimeSpan ? wait : TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(wait.TotalMilliseconds))), Timeout.InfiniteTimeSpan);
        }

        private TimeSpan SinceRenewed(Place place) => _clock.GetElapsedTime(place.RenewedAt);
    }

    private sealed class Place
    {
        public required Typist Typist { get; init; }

        public required long RenewedAt { get; set; }

        public required bool Own { get; set; }
    }
}

/// <param name="Before">Who was told to type before, in the order in which they began.</param>
/// <param name="Now">Who types now.</param>
public sealed record TypingChange(LogId Log, IReadOnlyList<Typist> Before, IReadOnlyList<Typist> Now);
