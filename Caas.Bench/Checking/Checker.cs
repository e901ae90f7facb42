namespace Caas.Bench.Checking;

/// <summary>Judges a history. Pure: the same history, the same verdict.</summary>
public static class Checker
{
    public static Verdict Check(History history)
    {
        var found = new Findings();
        var logs = new Dictionary<(string Tenant, string Conversation), IndexedLog>();
        foreach (var log in history.Logs)
        {
            var indexed = new IndexedLog(log);
            logs.Add((log.Tenant, log.Conversation), indexed);
            indexed.Judge(found);
        }

        CheckContents(history, found);

        CheckSends(history.Sends, logs, found);
        foreach (var receiver in history.Receivers)
        {
            CheckReceiver(receiver, logs.GetValueOrDefault((receiver.Tenant, receiver.Conversation)), found);
        }

        long acknowledged = history.Sends.LongCount(send => send.Outcome == SendOutcome.Ok);
        long stored = history.Logs.Sum(log => log.Entries.Count);
        long handled = history.Receivers.Sum(receiver => receiver.Entries.Count);
        return new(
            acknowledged,
            history.Sends.LongCount(send => send is { Outcome: SendOutcome.Ok, Again: true }),
            history.Sends.LongCount(send => send.Outcome == SendOutcome.Unknown),
            history.Sends.LongCount(send => send.Outcome == SendOutcome.Failed),
            stored,
            handled,
            history.Receivers.Aggregate(default(WireCounts), (sum, receiver) => sum + receiver.Wire),
            [
                found.Of(ViolationKind.Lost, acknowledged),
                found.Of(ViolationKind.Duplicate, stored),
                found.Of(ViolationKind.Reorder, handled),
                found.Of(ViolationKind.Gap, handled),
                found.Of(ViolationKind.Leak, handled),
                found.Of(ViolationKind.Phantom, stored),
            ])
        {
            Changes = history.Sends.LongCount(send => send is { Outcome: SendOutcome.Ok, Change: true }),
            Refusals = [.. history.Sends.Where(send => send.Outcome == SendOutcome.Failed).CountBy(send => send.Code ?? "no reason").OrderByDescending(reason => reason.Value)],
        };
    }

    private static void CheckSends(IReadOnlyList<SendRecord> sends, Dictionary<(string Tenant, string Conversation), IndexedLog> logs, Findings found)
    {
        var last = new Dictionary<(int Client, string Tenant, string Conversation), (SendRecord Send, long Seq)>();
        foreach (var send in sends.Where(send => send.Outcome == SendOutcome.Ok))
        {
            var at = send.Seq;
            var name = $"{send.ClientMessageId} of {send.Sender} in {send.Tenant}/{send.Conversation}, acknowledged at {send.Seq},";
            if (!logs.TryGetValue((send.Tenant, send.Conversation), out var log) || log.Find(send.Sender, send.ClientMessageId) is not { } stored)
            {
                found.Add(ViolationKind.Lost, $"{name} is not in the log");
            }
            else if (send.Change)
            {
                // The answer of one that was sent again tells how far the message is by then.
                at = stored.Seq;
                if (stored.Seq > send.Seq)
                {
                    found.Add(ViolationKind.Lost, $"{name} was not there, but is at {stored.Seq}");
                }
            }
            else if (!log.Holds(send.Sender, send.ClientMessageId, send.Seq))
            {
                found.Add(ViolationKind.Lost, $"{name} is not there but at {stored.Seq}");
            }

            if (!send.Again)
            {
                var key = (send.Client, send.Tenant, send.Conversation);
                if (last.TryGetValue(key, out var before) && before.Seq >= at)
                {
                    found.Add(ViolationKind.Reorder, $"{name} was sent after {before.Send.ClientMessageId}, which is at {before.Seq}");
                }

                last[key] = (send, at);
            }
        }
    }

    private static void CheckContents(History history, Findings found)
    {
        var contents = new Contents(history.Sends);
        foreach (var log in history.Logs)
        {
            found.AddAll(ViolationKind.Phantom, contents.Phantoms(log));
            found.AddAll(ViolationKind.Lost, contents.Faults(log).Select(fault => $"In {log.Tenant}/{log.Conversation} {fault}"));
            foreach (var receiver in history.Receivers.Where(receiver => receiver.Tenant == log.Tenant && receiver.Conversation == log.Conversation))
            {
                found.AddAll(ViolationKind.Lost, contents.Faults(receiver, log));
            }
        }
    }

    private static void CheckReceiver(ReceiverRecord receiver, IndexedLog? log, Findings found)
    {
        var who = $"Client {receiver.Client} in {receiver.Tenant}/{receiver.Conversation}";
        var seen = new HashSet<long>(receiver.Entries.Count);
        var last = receiver.After;
        foreach (var entry in receiver.Entries)
        {
            if (entry.ForeignTo(receiver.Tenant) is { } mark)
            {
                found.Add(ViolationKind.Leak, $"{who} got {entry.ClientMessageId} at {entry.Seq}, which is of {mark}");
            }
            else if (log?.BySeq(entry.Seq) is not { } stored)
            {
                found.Add(ViolationKind.Gap, $"{who} got {entry.ClientMessageId} of {entry.Sender} at {entry.Seq}, where the log has nothing");
            }
            else if (stored.ClientMessageId != entry.ClientMessageId || stored.Sender != entry.Sender)
            {
                found.Add(ViolationKind.Reorder, $"{who} got {entry.ClientMessageId} of {entry.Sender} at {entry.Seq}, where the log has {stored.ClientMessageId} of {stored.Sender}");
            }

            if (!seen.Add(entry.Seq))
            {
                found.Add(ViolationKind.Duplicate, $"{who} got {entry.Seq} twice");
            }
            else if (entry.Seq <= last)
            {
                found.Add(ViolationKind.Reorder, $"{who} got {entry.Seq} after {last}");
            }

            last = Math.Max(last, entry.Seq);
        }

        var owed = Math.Max(last, log?.LastSeq ?? 0);
        for (var seq = receiver.After + 1; seq <= owed; seq++)
        {
            if (!seen.Contains(seq))
            {
                found.Add(ViolationKind.Gap, $"{who} never got {seq} of {owed}");
            }
        }
    }

    /// <summary>One log, and what is asked of it.</summary>
    private sealed class IndexedLog
    {
        private readonly LogRecord _log;
        private readonly Dictionary<long, EntryRecord> _bySeq = [];
        private readonly Dictionary<(string? Sender, string ClientMessageId), List<EntryRecord>> _byId = [];

        public IndexedLog(LogRecord log)
        {
            _log = log;
            foreach (var entry in log.Entries)
            {
                _bySeq.TryAdd(entry.Seq, entry);
                if (entry.OnceId is { } id)
                {
                    if (!_byId.TryGetValue((entry.Sender, id), out var rows))
                    {
                        _byId.Add((entry.Sender, id), rows = []);
                    }

                    rows.Add(entry);
                }
            }
        }

        public long LastSeq => _log.Entries.Count == 0 ? 0 : _log.Entries.Max(entry => entry.Seq);

        public EntryRecord? BySeq(long seq) => _bySeq.TryGetValue(seq, out var entry) ? entry : null;

        public EntryRecord? Find(string sender, string clientMessageId) => _byId.TryGetValue((sender, clientMessageId), out var rows) ? rows[0] : null;

        public bool Holds(string sender, string clientMessageId, long seq) => _byId.TryGetValue((sender, clientMessageId), out var rows) && rows.Exists(row => row.Seq == seq);

        /// <summary>What a log shows by itself.</summary>
        public void Judge(Findings found)
        {
            var name = $"{_log.Tenant}/{_log.Conversation}";
            foreach (var (key, rows) in _byId.Where(rows => rows.Value.Count > 1))
            {
                found.Add(ViolationKind.Duplicate, $"{key.ClientMessageId} of {key.Sender} is in {name} at {string.Join(" and ", rows.Select(row => row.Seq))}", rows.Count - 1);
            }

            var last = 0L;
            foreach (var entry in _log.Entries)
            {
                if (entry.ForeignTo(_log.Tenant) is { } mark)
                {
                    found.Add(ViolationKind.Leak, $"The log of {name} holds {entry.ClientMessageId} at {entry.Seq}, which is of {mark}");
                }

                if (entry.Seq <= last)
                {
                    found.Add(ViolationKind.Reorder, $"The log of {name} was read back with {entry.Seq} after {last}");
                }
                else if (entry.Seq > last + 1)
                {
                    found.Add(ViolationKind.Gap, $"The log of {name} has a hole between {last} and {entry.Seq}", entry.Seq - last - 1);
                }

                last = Math.Max(last, entry.Seq);
            }

            foreach (var fault in MessageStates.Faults(_log.Entries))
            {
                found.Add(ViolationKind.Lost, $"In {name} {fault}");
            }
        }
    }

    private sealed class Findings
    {
        private const int MostExamples = 3;

        private readonly Dictionary<ViolationKind, (long Count, List<string> Examples)> _found = [];

        public void Add(ViolationKind kind, string what, long count = 1)
        {
            var (sofar, examples) = _found.GetValueOrDefault(kind, (0, []));
            if (examples.Count < MostExamples)
            {
                examples.Add(what);
            }

            _found[kind] = (sofar + count, examples);
        }

        public void AddAll(ViolationKind kind, IEnumerable<string> faults)
        {
            foreach (var fault in faults)
            {
                Add(kind, fault);
            }
        }

        public Violations Of(ViolationKind kind, long chances)
        {
            var (count, examples) = _found.GetValueOrDefault(kind, (0, []));
            return new(kind, count, chances, examples);
        }
    }
}
