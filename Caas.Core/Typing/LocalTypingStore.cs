using System.Collections.Concurrent;
using Caas.Core.Entries;

namespace Caas.Core.Typing;

/// <summary>Keeps it in this process alone: what a shared store falls back to. A conversation's notes go with the last of them.</summary>
public sealed class LocalTypingStore(TimeProvider clock) : ITypingStore
{
    /// <summary>Above so many conversations what has run out is looked for and dropped.</summary>
    private const int Tidy = 1_000;

    private readonly ConcurrentDictionary<LogId, Dictionary<UserId, (Typist Typist, long Since, TimeSpan Lifetime)>> _logs = new();

    public Task StartAsync(LogId log, Typist typist, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        Change(log, notes => notes[typist.User] = (typist, clock.GetTimestamp(), lifetime));
        if (_logs.Count > Tidy)
        {
            foreach (var old in _logs.Keys)
            {
                Change(old, static _ => { });
            }
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(LogId log, UserId user, DateTimeOffset notAfter, CancellationToken cancellationToken)
    {
        Change(log, notes =>
        {
            if (notes.TryGetValue(user, out var note) && note.Typist.StartedAt <= notAfter)
            {
                notes.Remove(user);
            }
        });
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<Typist>> ListAsync(LogId log, CancellationToken cancellationToken)
    {
        IReadOnlyList<Typist> list = [];
        Change(log, notes => list = [.. notes.Values.Select(note => note.Typist).OrderBy(typist => typist.StartedAt).ThenBy(typist => typist.User.Value, StringComparer.Ordinal)]);
        return Task.FromResult(list);
    }

    private void Change(LogId log, Action<Dictionary<UserId, (Typist Typist, long Since, TimeSpan Lifetime)>> change)
    {
        while (true)
        {
            var notes = _logs.GetOrAdd(log, static _ => []);
            lock (notes)
            {
                if (!_logs.TryGetValue(log, out var kept) || kept != notes)
                {
                    continue; // It was dropped meanwhile.
                }

                foreach (var (user, note) in notes)
                {
                    if (clock.GetElapsedTime(note.Since) >= note.Lifetime)
                    {
                        notes.Remove(user);
                    }
                }

                change(notes);
                if (notes.Count == 0)
                {
                    _logs.TryRemove(log, out _);
                }

                return;
            }
        }
    }
}
