using System.Text.Json;
using Caas.Core.Callers;
using Caas.Core.Json;
using Caas.Core.Messages;
using Caas.Core.Tenants;
using Caas.Core.Timed;
using Caas.Core.Users;

namespace Caas.Core.Scheduled;

/// <summary>
/// Sends scheduled messages when they are due: by the one write path, with the rights that their senders have then. The client id follows from the item's, so that one that is sent again after a
/// crash is stored once. What is refused is kept with the reason.
/// </summary>
public sealed class ScheduledSender(ITimedStore store, MessageService messages, TenantDirectory tenants, UserDirectory users, ScheduledMetrics metrics, TimeProvider clock) : ITimedHandler
{
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(10);

    /// <summary>So long one is tried again that comes too soon after others.</summary>
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromHours(1);

    /// <summary>So long one waits for what is out of reach.</summary>
    private static readonly TimeSpan WaitForOthers = TimeSpan.FromDays(1);

    public string Kind => ScheduledMessages.Kind;

    public async Task HandleAsync(TimedItem item, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.Deserialize(item.Body, CoreJsonContext.Default.ScheduledBody)!;
        try
        {
            await SendAsync(item, body, cancellationToken);
            await store.DeleteAsync(item.Place, item.Id, cancellationToken);
            metrics.Sent();
        }
        catch (RefusedException refused) when (refused.Refusal == Refusal.Unavailable && clock.GetUtcNow() - body.SendAt < WaitForOthers)
        {
            // The store, or where its files lie: the worker puts it off.
            throw;
        }
        catch (RefusedException refused) when (refused.Refusal.Status == 429 && clock.GetUtcNow() - body.SendAt < GiveUpAfter)
        {
            // Too much at once, or too soon: later.
            await store.PutOffAsync(item.Place, item.Id, TimedRules.Whole(clock.GetUtcNow() + (refused.RetryAfter ?? Later)), cancellationToken);
        }
        catch (RefusedException refused) when (refused.Refusal == Refusal.ConversationNotFound)
        {
            // Deleted, with all that belonged to it.
            await store.DeleteAsync(item.Place, item.Id, cancellationToken);
            metrics.Failed();
        }
        catch (RefusedException refused)
        {
            await FailAsync(item, refused.Message, cancellationToken);
            metrics.Failed();
        }
    }

    /// <summary>Kept with the reason, beside what an erasure may have put into it since it was read.</summary>
    private async Task FailAsync(TimedItem item, string error, CancellationToken cancellationToken)
    {
        for (var read = item; read is { Waiting: true }; read = await store.FindAsync(item.Place, item.Id, cancellationToken))
        {
            var failed = JsonSerializer.Deserialize(read.Body, CoreJsonContext.Default.ScheduledBody)! with { Error = error };
            if (await store.ReplaceAsync(read, read with { Waiting = false, Body = JsonSerializer.Serialize(failed, CoreJsonContext.Default.ScheduledBody) }, cancellationToken))
            {
                return;
            }
        }
    }

    private async Task SendAsync(TimedItem item, ScheduledBody body, CancellationToken cancellationToken)
    {
        var tenant = item.Place.Tenant;
        if (await tenants.FindAsync(tenant, cancellationToken) is null)
        {
            throw Refusal.TenantNotFound.AsException();
        }

        var caller = Caller.Platform(tenant, "scheduled");
        if (item.Owner is { } owner)
        {
            var user = await users.FindActiveAsync(tenant, owner, cancellationToken) ?? throw Refusal.UserNotFound.With("The sender is deactivated or gone.");
            caller = caller with { User = owner, IsTenantAdmin = user.Role == UserRoles.Admin };
        }

        await messages.SendAsync(caller, new(item.Place.Name), body.Message, idempotencyKey: null, cancellationToken, derivedId: $"$scheduled:{item.Id}");
    }
}
