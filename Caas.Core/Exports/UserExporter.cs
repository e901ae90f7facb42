using System.Runtime.CompilerServices;
using Caas.Contracts;
using Caas.Core.Attachments;
using Caas.Core.Blocks;
using Caas.Core.Callers;
using Caas.Core.Calls;
using Caas.Core.Devices;
using Caas.Core.Notifications;
using Caas.Core.Presence;
using Caas.Core.Push;
using Caas.Core.Users;

namespace Caas.Core.Exports;

/// <summary>Everything about one user, for the tenant's backend to hand over.</summary>
public sealed class UserExporter(IUserStore users, IPresenceStore presence, IAttachmentStore attachments, IBlockStore blocks, ExportedReach reach, ICallRecordStore calls, ConversationTraces conversations, ModerationTraces moderation, TimeProvider clock)
{
    private const string Format = "caas-user-export/1";
    private const int Page = 200;

    /// <summary>An export that is ready to be written; deactivated users have one too.</summary>
    /// <exception cref="RefusedException"><c>user_not_found</c>, <c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task<UserExport> OpenAsync(Caller caller, string userId, CancellationToken cancellationToken)
    {
        // A key for profiles alone must not read what everybody wrote.
        var tenant = caller.RequireBackend(Scopes.UsersRead);
        caller.RequireScope(Scopes.ConversationsRead);
        caller.RequireScope(Scopes.MessagesRead);
        var user = (PublicId.IsValid(userId) ? await users.FindAsync(tenant, new(userId), cancellationToken) : null) ?? throw Refusal.UserNotFound.AsException();
        return new(user, (stream, token) => WriteAsync(user, stream, token));
    }

    private async Task WriteAsync(User user, Stream stream, CancellationToken cancellationToken)
    {
        await using var archive = new ExportArchive(stream, clock.GetUtcNow());
        string[] files = ["profile.jsonl", "presence.jsonl", "account.jsonl", "conversations.jsonl", "messages.jsonl", "actions.jsonl", "receipts.jsonl", "scheduled.jsonl", "blocks.jsonl", "attachments.jsonl", "reminders.jsonl", "devices.jsonl", "calls.jsonl", "bans.jsonl", "flags.jsonl", "flagged.jsonl", "notifications.jsonl"];
        await archive.WriteAsync("manifest.jsonl", [new ExportManifest(Format, user.Tenant.Value, user.Id.Value, clock.GetUtcNow(), files)], CaasJsonContext.Default.ExportManifest, cancellationToken);
        await archive.WriteAsync(files[0], [ProfileOf(user)], CaasJsonContext.Default.ExportedProfile, cancellationToken);
        await archive.WriteAsync(files[1], (await presence.FindManyAsync(user.Tenant, [user.Id], cancellationToken)).Select(PresenceOf), CaasJsonContext.Default.ExportedPresence, cancellationToken);
        await archive.WriteAsync(files[2], conversations.AccountAsync(user, cancellationToken), CaasJsonContext.Default.ExportedEvent, cancellationToken);
        var of = await conversations.FindAsync(user, cancellationToken);
        await archive.WriteAsync(files[3], conversations.ListAsync(user, of, cancellationToken), CaasJsonContext.Default.ExportedConversation, cancellationToken);
        await archive.WriteAsync(files[4], conversations.MessagesAsync(user, of, cancellationToken), CaasJsonContext.Default.ExportedMessage, cancellationToken);
        await archive.WriteAsync(files[5], conversations.ActionsAsync(user, of, cancellationToken), CaasJsonContext.Default.ExportedAction, cancellationToken);
        await archive.WriteAsync(files[6], conversations.ReceiptsAsync(user, of, cancellationToken), CaasJsonContext.Default.ExportedReceipt, cancellationToken);
        await archive.WriteAsync(files[7], conversations.ScheduledAsync(user, of, cancellationToken), CaasJsonContext.Default.ExportedScheduled, cancellationToken);
        await archive.WriteAsync(files[8], BlocksAsync(user, cancellationToken), CaasJsonContext.Default.ExportedBlock, cancellationToken);
        await archive.WriteAsync(files[9], AttachmentsAsync(user, cancellationToken), CaasJsonContext.Default.ExportedAttachment, cancellationToken);
        await archive.WriteAsync(files[10], conversations.RemindersAsync(user, cancellationToken), CaasJsonContext.Default.ExportedReminder, cancellationToken);
        await archive.WriteAsync(files[11], await DevicesAsync(user, cancellationToken), CaasJsonContext.Default.ExportedDevice, cancellationToken);
        await archive.WriteAsync(files[12], CallsAsync(user, cancellationToken), CaasJsonContext.Default.CallResponse, cancellationToken);
        await archive.WriteAsync(files[13], await moderation.BansAsync(user, cancellationToken), CaasJsonContext.Default.BanResponse, cancellationToken);
        await archive.WriteAsync(files[14], moderation.FlagsAsync(user, cancellationToken), CaasJsonContext.Default.ExportedFlag, cancellationToken);
        await archive.WriteAsync(files[15], moderation.FlaggedAsync(user, cancellationToken), CaasJsonContext.Default.ExportedFlagged, cancellationToken);
        await archive.WriteAsync(files[16], NotificationsAsync(user, cancellationToken), CaasJsonContext.Default.ExportedNotification, cancellationToken);
        await archive.FinishAsync(cancellationToken);
    }

    private static ExportedProfile ProfileOf(User user) => new(
        new(user.Id.Value, user.Name, user.AvatarUrl, user.Role, user.Custom, user.CreatedAt, user.UpdatedAt, user.DeactivatedAt),
        new(user.Privacy.ReadReceipts, user.Privacy.DeliveryReceipts, user.Privacy.Typing),
        user.Notifications);

    private async Task<IEnumerable<ExportedDevice>> DevicesAsync(User user, CancellationToken cancellationToken)
    {
        var devices = await reach.Devices.ListAsync(user.Tenant, [user.Id], cancellationToken);
        return (await reach.Accounts.ShapeAsync(user.Tenant, devices, cancellationToken)).Zip(devices, (shown, device) => new ExportedDevice(shown, device.Address.Token, device.Address.VoipToken, device.Address.Subscription?.Endpoint));
    }

    private static ExportedPresence PresenceOf(StoredPresence stored) => new(stored.SeenAt, stored.Choice?.Status, stored.Choice?.Text, stored.Choice?.ChosenAt, stored.Choice?.ExpiresAt);

    private async IAsyncEnumerable<ExportedBlock> BlocksAsync(User user, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        UserId? after = null;
        for (IReadOnlyList<Block>? page = null; page is not { Count: < Page };)
        {
            foreach (var block in page = await blocks.ListAsync(user.Tenant, user.Id, after, Page, cancellationToken))
            {
                yield return new(block.Other.Value, block.At);
                after = block.Other;
            }
        }
    }

    private async IAsyncEnumerable<CallResponse> CallsAsync(User user, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? before = null;
        for (IReadOnlyList<CallRecord>? page = null; page is not { Count: < Page };)
        {
            foreach (var call in page = await calls.ListAsync(user.Tenant, user.Id, conversation: null, before, Page, cancellationToken))
            {
                yield return CallHistory.Shape(call);
                before = call.Id;
            }
        }
    }

    private async IAsyncEnumerable<ExportedNotification> NotificationsAsync(User user, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        NotificationPlace? after = null;
        for (IReadOnlyList<NotificationRow>? page = null; page is not { Count: < Page };)
        {
            foreach (var row in page = await reach.Notifications.ListAsync(user.Tenant, user.Id, NotificationRows.Kept, after, Page, cancellationToken))
            {
                yield return new(row.Id, row.Kind, row.Conversation.Value, row.Seq, row.Count, row.CreatedAt, row.UpdatedAt, row.ReadAt);
                after = new(row.UpdatedAt, row.Id);
            }
        }
    }

    private async IAsyncEnumerable<ExportedAttachment> AttachmentsAsync(User user, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? after = null;
        for (IReadOnlyList<StoredAttachment>? page = null; page is not { Count: < Page };)
        {
            foreach (var one in page = await attachments.ListByUploaderAsync(user.Tenant, user.Id, after, Page, cancellationToken))
            {
                yield return new(one.Id, one.Name, one.Type, one.Size, one.CreatedAt);
                after = one.Id;
            }
        }
    }
}

/// <summary>What notifies a user.</summary>
public sealed record ExportedReach(IDeviceStore Devices, DeviceAccounts Accounts, INotificationStore Notifications);

/// <summary>An export of a user who exists.</summary>
public sealed class UserExport(User user, Func<Stream, CancellationToken, Task> write)
{
    public string FileName => $"{user.Id.Value.Replace(':', '_')}.zip";

    /// <summary>Writes the archive as it is read: what breaks off has no directory at its end, so that nobody takes it for a whole one.</summary>
    public Task WriteAsync(Stream stream, CancellationToken cancellationToken) => write(stream, cancellationToken);
}
