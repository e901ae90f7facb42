using System.Text.Json;
using Caas.Client;
using Caas.Contracts;

namespace Caas.Tests.StateAndEvents;

/// <summary>What one member of a conversation knows of it by its events alone, folded as the documentation says. Thread safe.</summary>
/// <param name="blocked">Whom the user blocks or by whom it is blocked: neither is shown the other's receipts.</param>
internal sealed class ConversationModel(string me, IReadOnlySet<string> blocked)
{
    private readonly Lock _gate = new();
    private readonly ConversationMessages _messages = new();
    private readonly Dictionary<long, string?> _pinnedBy = [];
    private readonly SortedDictionary<string, Member> _members = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Cursors> _cursors = new(StringComparer.Ordinal);
    private string? _name;

    public long LastSeq { get; private set; }

    /// <summary>How many entries were none of the user's.</summary>
    public int Hidden { get; private set; }

    /// <summary>The next entry of the log.</summary>
    public void Apply(EntryResponse entry)
    {
        lock (_gate)
        {
            LastSeq = entry.Seq == LastSeq + 1 ? entry.Seq : throw new InvalidOperationException($"{me}: {entry.Seq} came after {LastSeq}.");
            Hidden += entry.Type == EntryTypes.Hidden ? 1 : 0;
            _messages.Apply(entry);
            switch (entry.Type)
            {
                case EntryTypes.MessageCreated when entry.ActorId is { } sender:
                    Move(sender, entry.Seq, entry.Seq);
                    break;
                case EntryTypes.MessagePinned:
                    _pinnedBy[entry.Message!.Seq] = entry.ActorId;
                    break;
                case EntryTypes.ConversationCreated:
                    _name = Name(entry);
                    Add(entry, Users(entry, "memberIds").Where(user => user != entry.ActorId), MemberRole.Member);
                    Add(entry, entry.ActorId is { } creator ? [creator] : [], MemberRole.Owner);
                    break;
                case EntryTypes.ConversationChanged when entry.Data!.Value.GetProperty("fields").EnumerateArray().Any(field => field.ValueEquals("name")):
                    _name = Name(entry);
                    break;
                case EntryTypes.MemberAdded:
                    Add(entry, Users(entry, "userIds"), Role(entry));
                    break;
                case EntryTypes.MemberChanged when _members.TryGetValue(entry.Data!.Value.GetProperty("userId").GetString()!, out var changed):
                    changed.Role = Role(entry);
                    break;
                case EntryTypes.MemberRemoved:
                    foreach (var user in Users(entry, "userIds"))
                    {
                        _members.Remove(user);
                    }

                    break;
            }
        }
    }

    /// <summary>A cursor that was pushed, or read when the conversation was joined: the higher one counts.</summary>
    public void Apply(string user, long? delivered, long? read)
    {
        lock (_gate)
        {
            Move(user, delivered ?? 0, read ?? 0);
        }
    }

    /// <summary>All that is known, by name.</summary>
    /// <param name="withoutReceipts">Whose receipts are left out.</param>
    public SortedDictionary<string, string> Facts(Spared spared, IReadOnlyList<string> withoutReceipts)
    {
        lock (_gate)
        {
            var facts = new Facts(spared);
            facts.Conversation(_name, _members.Count, LastSeq);
            foreach (var (user, member) in _members)
            {
                facts.Member(user, member.Role, member.JoinedAt);
                var cursors = _cursors.GetValueOrDefault(user);
                facts.Receipt(user, blocked.Contains(user) ? null : cursors.Delivered, blocked.Contains(user) ? null : cursors.Read);
            }

            foreach (var message in _messages.All)
            {
                facts.Message(message);
                if (message.PinnedAt is { } at)
                {
                    facts.Pin(message.Seq, _pinnedBy.GetValueOrDefault(message.Seq), at);
                }
            }

            var read = _cursors.GetValueOrDefault(me).Read;
            facts.Unread(_messages.All.LongCount(message => message.Seq > read && message.SenderId != me && message.DeletedAt is null));
            facts.ForgetReceipts(withoutReceipts);
            return facts.All;
        }
    }

    private static string? Name(EntryResponse entry) => entry.Data!.Value.TryGetProperty("name", out var name) ? name.GetString() : null;

    private static MemberRole Role(EntryResponse entry) => entry.Data!.Value.GetProperty("role").Deserialize<MemberRole>(CaasJson.Options);

    private static IEnumerable<string> Users(EntryResponse entry, string property) => entry.Data!.Value.GetProperty(property).EnumerateArray().Select(user => user.GetString()!);

    private void Add(EntryResponse entry, IEnumerable<string> users, MemberRole role)
    {
        foreach (var user in users)
        {
            if (_members.TryAdd(user, new() { Role = role, JoinedAt = entry.At!.Value }))
            {
                Move(user, entry.Seq, entry.Seq);
            }
        }
    }

    private void Move(string user, long delivered, long read)
    {
        var known = _cursors.GetValueOrDefault(user);
        read = Math.Max(known.Read, read);
        _cursors[user] = new(Math.Max(read, Math.Max(known.Delivered, delivered)), read);
    }

    private readonly record struct Cursors(long Delivered, long Read);

    private sealed class Member
    {
        public required MemberRole Role { get; set; }

        public required DateTimeOffset JoinedAt { get; init; }
    }
}
