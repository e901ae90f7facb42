using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Custom;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Members;

namespace Caas.Core.Conversations;

/// <summary>
/// Folds a conversation's own entries (target <see cref="EntryTarget.Log"/>) into its projection and its members, in seq order, by compare-and-set on the rev.
/// Like messages: whoever folds, folds everything; a crash in between is repaired by whoever comes next.
/// </summary>
public sealed class ConversationFolder(IEntryStore entries, IConversationStore conversations, IMemberStore members)
{
    private const int Batch = 100;

    /// <summary>Brings a conversation and its members up to date.</summary>
    /// <returns>The conversation; null: its log is empty.</returns>
    /// <exception cref="StoreUnavailableException">What was folded stays; fold again.</exception>
    public async Task<Conversation?> FoldAsync(TenantId tenant, ConversationId id, CancellationToken cancellationToken)
    {
        var log = LogId.Of(tenant, id);
        while (true)
        {
            var stored = await conversations.FindAsync(tenant, id, cancellationToken);
            var changes = await entries.ReadChangesAsync(log, EntryTarget.Log, stored?.Rev ?? 0, Batch, cancellationToken);
            if (changes.Count == 0)
            {
                return stored;
            }

            var fold = new Fold(tenant, id, stored);
            foreach (var change in changes)
            {
                await LoadMembersAsync(fold, change, cancellationToken);
                fold.Apply(change);
            }

            // The member count is the store's to set, so what it stored is read back.
            if (await conversations.FoldAsync(fold.Result, stored?.Rev, fold.Members, cancellationToken) && changes.Count < Batch)
            {
                return await conversations.FindAsync(tenant, id, cancellationToken);
            }
        }
    }

    private async Task LoadMembersAsync(Fold fold, Entry change, CancellationToken cancellationToken)
    {
        foreach (var user in Fold.NeedsMembers(change))
        {
            if (await members.FindAsync(fold.Tenant, fold.Id, user, cancellationToken) is { } member)
            {
                fold.Know(member);
            }
        }

        if (change.Type == EntryTypes.MemberAdded)
        {
            foreach (var member in await members.FindManyAsync(fold.Tenant, fold.Id, [.. Fold.AddedBy(change).UserIds.Select(user => new UserId(user))], cancellationToken))
            {
                fold.Know(member);
            }
        }
    }

    /// <summary>One fold in the making.</summary>
    private sealed class Fold(TenantId tenant, ConversationId id, Conversation? stored)
    {
        private readonly Dictionary<UserId, Member> _members = [];
        private readonly long _storedRev = stored?.Rev ?? 0;
        private Conversation? _conversation = stored;

        public TenantId Tenant => tenant;

        public ConversationId Id => id;

        public Conversation Result => _conversation ?? throw new InvalidOperationException($"The log of conversation {id} does not start with {EntryTypes.ConversationCreated}.");

        /// <summary>The members that change.</summary>
        public IReadOnlyList<Member> Members => [.. _members.Values.Where(member => member.Rev > _storedRev)];

        /// <summary>Members whose stored row the change builds on.</summary>
        public static IEnumerable<UserId> NeedsMembers(Entry change) => change.Type switch
        {
            EntryTypes.MemberChanged => [new(Data(change, CoreJsonContext.Default.MemberChangedData).UserId)],
            EntryTypes.MemberRemoved => Data(change, CoreJsonContext.Default.MembersRemovedData).UserIds.Select(user => new UserId(user)),
            _ => [],
        };

        public static MembersAddedData AddedBy(Entry change) => Data(change, CoreJsonContext.Default.MembersAddedData);

        public void Know(Member member) => _members.TryAdd(member.User, member);

        public void Apply(Entry change)
        {
            switch (change.Type)
            {
                case EntryTypes.ConversationCreated:
                    Create(change, Data(change, CoreJsonContext.Default.ConversationCreatedData));
                    break;
                case EntryTypes.ConversationChanged:
                    var data = Data(change, CoreJsonContext.Default.ConversationChangedData);
                    _conversation = Result with
                    {
                        Name = data.Fields.Contains("name") ? data.Name : Result.Name,
                        Custom = data.CustomPatch is { } patch ? MergePatch.Apply(Result.Custom, patch) : data.Fields.Contains("custom") ? data.Custom : Result.Custom,
                        Frozen = data.Frozen ?? Result.Frozen,
                        SlowModeSeconds = data.SlowModeSeconds ?? Result.SlowModeSeconds,
                        UpdatedAt = change.At,
                    };
                    break;
                case EntryTypes.ConversationDeleted:
                    _conversation = Result with { DeletedAt = change.At, UpdatedAt = change.At, Name = null, Custom = null };
                    break;
                case EntryTypes.MemberAdded:
                    var added = AddedBy(change);
                    Add(change, added.UserIds.Select(user => new MemberSeed(user, added.Role)));
                    break;
                case EntryTypes.MemberRemoved:
                    foreach (var user in Data(change, CoreJsonContext.Default.MembersRemovedData).UserIds)
                    {
                        Change(change, new(user), member => member with { Removed = true });
                    }

                    break;
                case EntryTypes.MemberChanged:
                    var changed = Data(change, CoreJsonContext.Default.MemberChangedData);
                    Change(change, new(changed.UserId), member => member with { Role = changed.Role });
                    break;
            }

            _conversation = Result with { Rev = change.Seq };
        }

        private void Create(Entry entry, ConversationCreatedData data)
        {
            _conversation = new()
            {
                Tenant = tenant,
                Id = id,
                Type = data.Type,
                Name = data.Name,
                Custom = data.Custom,
                CreatedBy = entry.ActorId,
                CreatedAt = entry.At,
                UpdatedAt = entry.At,
                Rev = entry.Seq,
                Summary = new(entry.Seq, entry.MessageNo, 0, entry.At),
            };
            Add(entry, data.Members);
        }

        private void Add(Entry entry, IEnumerable<MemberSeed> seeds)
        {
            foreach (var seed in seeds)
            {
                var user = new UserId(seed.UserId);
                if (_members.TryGetValue(user, out var member) && !member.Removed)
                {
                    // Somebody else added the user at the same moment: who is a member stays as it is, with its role.
                    continue;
                }

                _members[user] = new() { Tenant = tenant, Conversation = id, User = user, Role = seed.Role, JoinedAt = entry.At, JoinedSeq = entry.Seq, ReadSeq = entry.Seq, ReadMessageNo = entry.MessageNo, DeliveredSeq = entry.Seq, Rev = entry.Seq };
            }
        }

        private void Change(Entry entry, UserId user, Func<Member, Member> change)
        {
            // A row that is ahead was folded by somebody else; a removed member stays removed whatever an older call asked for.
            if (_members.TryGetValue(user, out var member) && member.Rev < entry.Seq && !member.Removed)
            {
                _members[user] = change(member) with { Rev = entry.Seq };
            }
        }

        private static T Data<T>(Entry entry, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
            entry.Data is { } data && data.Deserialize(type) is { } read ? read : throw new InvalidOperationException($"Entry {entry.Seq} of {entry.Log} has no data.");
    }
}
