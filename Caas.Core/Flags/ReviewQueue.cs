using System.Globalization;
using Caas.Contracts;
using Caas.Core.Bans;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Messages;
using Caas.Core.Moderation;
using Caas.Core.Paging;
using Caas.Core.Quotes;
using Caas.Core.Tenants;
using Caas.Core.Visibility;

namespace Caas.Core.Flags;

/// <summary>What is asked of the list of flagged messages; null: whatever.</summary>
/// <param name="Status"><c>open</c> or <c>resolved</c>.</param>
/// <param name="UserId">Who sent the message.</param>
public sealed record FlagQuery(string? Status, string? ConversationId, string? UserId, int? Limit, string? Cursor);

/// <summary>What was flagged, for the tenant's backend to look at and decide.</summary>
public sealed class ReviewQueue(IFlagStore flags, FlagWriter writer, IEntryStore entries, QuoteReader quotes, ReviewActions actions, ModerationMetrics metrics, Cursors cursors)
{
    public const int MaxNote = 1000;
    public const int MaxBy = 100;

    /// <summary>So many messages before and after a flagged one are shown with it.</summary>
    public const int Around = 5;

    private const string ListName = "flags";
    private const string Open = "open";
    private const string Resolved = "resolved";

    /// <summary>Flagged messages, newest first.</summary>
    /// <exception cref="RefusedException"><c>not_allowed</c>, <c>insufficient_scope</c>, <c>validation_failed</c>, <c>invalid_cursor</c>.</exception>
    public async Task<Page<FlagResponse>> ListAsync(Caller caller, FlagQuery query, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireBackend(Scopes.ModerationRead);
        var count = PageLimit.Require(query.Limit);
        new Validation()
            .Check(query.Status is null or Open or Resolved, "status", "must be open or resolved")
            .Check(query.ConversationId is null || PublicId.IsValid(query.ConversationId), "conversationId", "must be a conversation's id")
            .Check(query.UserId is null || PublicId.IsValid(query.UserId), "userId", "must be a user's id")
            .ThrowIfAny();
        var list = ListScope.Of(tenant, ListName, query.Status, query.ConversationId, query.UserId);
        var before = await cursors.DecodeAsync(list, query.Cursor, 2, cancellationToken) is [var at, var id]
            ? new FlagPlace(DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(at, CultureInfo.InvariantCulture)), id)
            : null;
        var found = await flags.ListAsync(tenant, new(query.Status switch { Open => FlagStatus.Open, Resolved => FlagStatus.Resolved, _ => null }, query.ConversationId is { } conversation ? new(conversation) : null, query.UserId), before, count + 1, cancellationToken);
        var page = found.Take(count).ToArray();
        var messages = page.Length == 0 ? [] : await quotes.AttachAsync(await entries.ReadManyAsync(tenant, [.. page.Select(one => (LogId.Of(tenant, one.Conversation), one.MessageSeq))], cancellationToken), cancellationToken);
        var byId = messages.ToDictionary(message => message.Id);
        return new(
            [.. page.Select(one => View(one, byId.GetValueOrDefault(one.MessageId), context: null))],
            found.Count > count ? await cursors.EncodeAsync(list, cancellationToken, page[^1].OpenedAt.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), page[^1].MessageId) : null);
    }

    /// <summary>One of them, with the messages around it.</summary>
    /// <exception cref="RefusedException"><c>not_allowed</c>, <c>insufficient_scope</c>, <c>flag_not_found</c>.</exception>
    public async Task<FlagResponse> GetAsync(Caller caller, string flagId, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireBackend(Scopes.ModerationRead);
        return await ShowAsync(tenant, await RequireAsync(tenant, flagId, cancellationToken), cancellationToken);
    }

    /// <summary>Does what is decided, then says so in the log. The same once more changes nothing; another decision stands in its place.</summary>
    /// <exception cref="RefusedException"><c>not_allowed</c>, <c>insufficient_scope</c>, <c>validation_failed</c>, <c>flag_not_found</c>, and what deleting and banning refuse.</exception>
    public async Task<FlagResponse> ResolveAsync(Caller caller, string flagId, ResolveFlagRequest request, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireBackend(Scopes.ModerationWrite);
        var bans = request.Action is FlagAction.BanUser or FlagAction.DeleteAndBan;
        new Validation()
            .Check(Enum.IsDefined(request.Action), "action", "must be dismiss, deleteMessage, banUser or deleteAndBan")
            .Check(request.Note is null || (request.Note.Length <= MaxNote && TenantRules.IsWellFormed(request.Note) && !request.Note.Contains('\0', StringComparison.Ordinal)), "note", $"must be at most {MaxNote} characters of Unicode")
            .Check(request.By is null || (request.By.Length is > 0 and <= MaxBy && TenantRules.IsWellFormed(request.By) && !request.By.Any(char.IsControl)), "by", $"must be 1 to {MaxBy} printable characters")
            .Check(request.Ban is not null == bans, "ban", bans ? "is required" : "is for banUser and deleteAndBan")
            .ThrowIfAny();
        var flagged = await RequireAsync(tenant, flagId, cancellationToken);
        await actions.DoAsync(caller, flagged, request, cancellationToken);
        var note = string.IsNullOrWhiteSpace(request.Note) ? null : request.Note;
        if (flagged is not { Status: FlagStatus.Resolved, Details.Resolution: { } resolution } || (resolution.Action, resolution.Note) != (request.Action, note))
        {
            flagged = await writer.ResolveAsync(caller, flagged, new(flagged.Conversation.Value, flagged.MessageId, request.Action, note, request.By ?? caller.Actor), cancellationToken);
            metrics.Resolved(request.Action);
        }

        return await ShowAsync(tenant, flagged, CancellationToken.None);
    }

    private async Task<FlagCase> RequireAsync(TenantId tenant, string flagId, CancellationToken cancellationToken) =>
        (flagId is { Length: > 0 and <= 64 } ? await flags.FindAsync(tenant, flagId, cancellationToken) : null) ?? throw Refusal.FlagNotFound.AsException();

    private async Task<FlagResponse> ShowAsync(TenantId tenant, FlagCase flagged, CancellationToken cancellationToken)
    {
        var log = LogId.Of(tenant, flagged.Conversation);
        var newer = await entries.ReadMessagesAsync(log, Direction.Newer, flagged.MessageSeq, Around, cancellationToken);
        var older = await entries.ReadMessagesAsync(log, Direction.Older, flagged.MessageSeq + 1, Around + 1, cancellationToken);
        var messages = await quotes.AttachAsync([.. newer.Reverse(), .. older], cancellationToken);
        return View(flagged, messages.FirstOrDefault(message => message.Id == flagged.MessageId), [.. messages.Where(message => message.Id != flagged.MessageId)]);
    }

    private static FlagResponse View(FlagCase flagged, Entry? message, IReadOnlyList<Entry>? context) => new(
        flagged.MessageId,
        flagged.Conversation.Value,
        flagged.Sender,
        flagged.Status,
        flagged.Details.Count,
        flagged.OpenedAt,
        flagged.Details.LastAt,
        flagged.Details.Reasons,
        message is null ? null : Viewer.Everything.Show(message),
        flagged.Details.Resolution,
        context?.Select(Viewer.Everything.Show).ToArray());
}

/// <summary>What a decision about a flagged message does. All of it can be repeated: a decision that broke off is made again.</summary>
public sealed class ReviewActions(MessageService messages, BanService bans)
{
    /// <exception cref="RefusedException">What deleting and banning refuse; <c>not_allowed</c> to ban the backend, which sent the message.</exception>
    internal async Task DoAsync(Caller caller, FlagCase flagged, ResolveFlagRequest request, CancellationToken cancellationToken)
    {
        if (request.Ban is not null && flagged.Sender is null)
        {
            throw Refusal.NotAllowed.With("No user sent this message.");
        }

        // As the backend, whoever it speaks for: a moderator of the tenant's need not be a member.
        var system = caller with { User = null };
        if (request.Action is FlagAction.DeleteMessage or FlagAction.DeleteAndBan)
        {
            await messages.DeleteAsync(system, flagged.Conversation, flagged.MessageId, cancellationToken);
        }

        if (request.Ban is { } ban)
        {
            await bans.PutAsync(system, flagged.Sender!, ban, cancellationToken);
        }
    }
}
