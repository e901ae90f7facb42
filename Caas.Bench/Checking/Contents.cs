using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Caas.Contracts;

namespace Caas.Bench.Checking;

/// <summary>Holds what stands in logs, and what clients were given, against what was sent: the right id over another text is as lost as a row that is not there, and what nobody sent may not stand there.</summary>
internal sealed class Contents
{
    private readonly Dictionary<(string Tenant, string Conversation, string Sender, string Id), SendRecord> _sends = [];

    public Contents(IReadOnlyList<SendRecord> sends)
    {
        foreach (var send in sends)
        {
            // Of several tries with one id it is enough that one was not refused.
            var key = (send.Tenant, send.Conversation, send.Sender, send.ClientMessageId);
            if (!_sends.TryGetValue(key, out var known) || known.Outcome == SendOutcome.Failed)
            {
                _sends[key] = send;
            }
        }
    }

    /// <summary>What is compared of a text; null: there is none.</summary>
    public static long? Digest(string? text) => text is null ? null : BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(MemoryMarshal.AsBytes(text.AsSpan())));

    /// <returns>One sentence per row that nobody sent, or that was refused.</returns>
    public IEnumerable<string> Phantoms(LogRecord log)
    {
        foreach (var entry in log.Entries.Where(entry => entry.Mark is not null || entry.Subject is not null))
        {
            if (SendOf(log, entry) is not { } send)
            {
                yield return $"{entry.OnceId} of {entry.Sender} is in {log.Tenant}/{log.Conversation} at {entry.Seq}, and nobody sent it";
            }
            else if (send.Outcome == SendOutcome.Failed)
            {
                yield return $"{entry.OnceId} of {entry.Sender} is in {log.Tenant}/{log.Conversation} at {entry.Seq}, and was refused ({send.Code})";
            }
        }
    }

    /// <returns>One sentence per message that holds something else than was sent, by its row and its edits.</returns>
    public IEnumerable<string> Faults(LogRecord log)
    {
        var told = log.Entries.SelectMany(entry => entry.Told ?? []).GroupBy(message => message.Id).ToDictionary(states => states.Key, states => states.MaxBy(state => state.Rev)!);
        foreach (var (id, entries) in ByMessage(log))
        {
            var row = entries.FirstOrDefault(entry => !entry.Subject!.IsChange);
            if (row.Subject is null || SendOf(log, row) is not { Content: not null } send)
            {
                continue;
            }

            var last = entries.LastOrDefault(entry => entry.Subject!.Type == EntryTypes.MessageEdited) is { Subject: not null } edit ? SendOf(log, edit)?.Content : send.Content;
            if (told.TryGetValue(id, out var tells) && !tells.Gone && tells.Content != last)
            {
                yield return $"{row.ClientMessageId} of {row.Sender} at {row.Seq} holds another text than was sent";
            }

            if (row.Subject.Root != send.Root)
            {
                yield return $"{row.ClientMessageId} of {row.Sender} at {row.Seq} replies to {row.Subject.Root ?? "nothing"}, and was sent as a reply to {send.Root ?? "nothing"}";
            }
        }
    }

    /// <returns>One sentence per entry that came with a text which its message never had.</returns>
    public IEnumerable<string> Faults(ReceiverRecord receiver, LogRecord log)
    {
        var had = ByMessage(log).ToDictionary(message => message.Id, message => Texts(log, message.Entries));
        foreach (var entry in receiver.Entries.Where(entry => entry.Subject is not null))
        {
            if (had.GetValueOrDefault(entry.Subject!.MessageId) is { } texts && !texts.Contains(entry.Content))
            {
                yield return $"Client {receiver.Client} in {receiver.Tenant}/{receiver.Conversation} got {entry.OnceId} of {entry.Sender} at {entry.Seq} with a text that the message never had";
            }
        }
    }

    /// <summary>Every text that a message had, and null where it is deleted. Null for all: that is not known.</summary>
    private HashSet<long?>? Texts(LogRecord log, EntryRecord[] entries)
    {
        var texts = new HashSet<long?>();
        foreach (var entry in entries)
        {
            if (entry.Subject!.Type == EntryTypes.MessageDeleted)
            {
                texts.Add(null);
            }
            else if (entry.Subject.Type is EntryTypes.MessageCreated or EntryTypes.MessageEdited)
            {
                if (SendOf(log, entry) is not { Content: { } content })
                {
                    return null;
                }

                texts.Add(content);
            }
        }

        return texts.Count == 0 ? null : texts;
    }

    private static IEnumerable<(string Id, EntryRecord[] Entries)> ByMessage(LogRecord log) =>
        log.Entries.Where(entry => entry.Subject is not null).GroupBy(entry => entry.Subject!.MessageId).Select(message => (message.Key, message.ToArray()));

    private SendRecord? SendOf(LogRecord log, EntryRecord entry) =>
        entry is { Sender: { } sender, OnceId: { } id } && _sends.TryGetValue((log.Tenant, log.Conversation, sender, id), out var send) ? send : null;
}
