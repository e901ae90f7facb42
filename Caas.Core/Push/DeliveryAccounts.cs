using System.Collections.Concurrent;
using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Attachments;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Mail;
using Caas.Core.Outbound;
using Caas.Core.Secrets;
using Caas.Core.Tenants;
using Microsoft.Extensions.Options;

namespace Caas.Core.Push;

/// <summary>A tenant's own account of one channel, as it is kept.</summary>
/// <param name="Name">What it is about; no secret.</param>
/// <param name="Sealed">The whole of it.</param>
public sealed record DeliveryAccount(DeliveryChannel Channel, string Name, string Sealed, DateTimeOffset UpdatedAt)
{
    internal static string Purpose(TenantId tenant, DeliveryChannel channel) => $"delivery/{tenant.Value}/{channel}";
}

/// <summary>One channel's account, of <c>delivery_account.changed</c>. The account stands apart, see <see cref="ReservedData"/>.</summary>
/// <param name="Name">Null: it was taken away.</param>
internal sealed record DeliveryAccountChangedData(string By, DeliveryChannel Channel, string? Name, SealedSecret? Secret);

/// <summary>The tenant's own accounts for pushes and mails, for its backend. A change counts everywhere within 5 s.</summary>
public sealed class DeliveryAccountService(TenantWriter writer, SecretSealer sealer, IOptions<OutboundOptions> outbound)
{
    /// <exception cref="RefusedException"><c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task<DeliveryAccountsResponse> GetAsync(Caller caller, CancellationToken cancellationToken) =>
        View(await writer.RequireAsync(caller.RequireBackend(Scopes.TenantRead), cancellationToken));

    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task<DeliveryAccountsResponse> PutAsync(Caller caller, string channel, PutDeliveryAccountRequest request, CancellationToken cancellationToken)
    {
        var id = caller.RequireBackend(Scopes.TenantWrite);
        var which = Require(channel);
        var given = new (DeliveryChannel Channel, object? Account)[] { (DeliveryChannel.Fcm, request.Fcm), (DeliveryChannel.Apns, request.Apns), (DeliveryChannel.WebPush, request.WebPush), (DeliveryChannel.Email, request.Email) }.Where(one => one.Account is not null).ToArray();
        var validation = new Validation().Check(given is [var one] && one.Channel == which, JsonNamingPolicy.CamelCase.ConvertName(which.ToString()), "is required, and no other");
        foreach (var (field, message) in DeliveryAccountRules.Wrong(request))
        {
            validation.Check(holds: false, field, message);
        }

        validation
            .Check(request.Email?.Host is not { } host || outbound.Value.AllowPrivateAddresses || PublicAddress.MayBe(host), "email.host", "must not lie in a private network")
            .ThrowIfAny();
        await writer.RequireAsync(id, cancellationToken);
        var name = request.Fcm?.ProjectId ?? request.Apns?.BundleId ?? request.WebPush?.Subject ?? request.Email!.Host;
        var text = JsonSerializer.SerializeToUtf8Bytes(request, CaasJsonContext.Default.PutDeliveryAccountRequest);
        var data = new DeliveryAccountChangedData(caller.Actor, which, name, new(await sealer.SealAsync(text, DeliveryAccount.Purpose(id, which), cancellationToken)));
        return View(await writer.AppendAsync(caller, id, SystemEntryTypes.DeliveryAccountChanged, data, IdentityJsonContext.Default.DeliveryAccountChangedData, cancellationToken));
    }

    /// <summary>Takes an account away: the platform's counts again. Of none nothing changes.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task DeleteAsync(Caller caller, string channel, CancellationToken cancellationToken)
    {
        var id = caller.RequireBackend(Scopes.TenantWrite);
        var which = Require(channel);
        if ((await writer.RequireAsync(id, cancellationToken)).Delivery.Any(account => account.Channel == which))
        {
            await writer.AppendAsync(caller, id, SystemEntryTypes.DeliveryAccountChanged, new(caller.Actor, which, Name: null, Secret: null), IdentityJsonContext.Default.DeliveryAccountChangedData, cancellationToken);
        }
    }

    private static DeliveryChannel Require(string channel) =>
        Enum.TryParse<DeliveryChannel>(channel, ignoreCase: true, out var found) && JsonNamingPolicy.CamelCase.ConvertName(found.ToString()) == channel
            ? found
            : throw Refusal.ValidationFailed.With("channel", "must be fcm, apns, webPush or email");

    private static DeliveryAccountsResponse View(Tenant tenant) => new([.. tenant.Delivery.OrderBy(account => account.Channel).Select(account => new DeliveryAccountResponse(account.Channel, account.Name, account.UpdatedAt))]);
}

/// <summary>The accounts with which a tenant's users are reached: its own, otherwise the platform's.</summary>
public sealed class DeliveryAccountDirectory(TenantDirectory tenants, SecretSealer sealer, IOptions<PushOptions> push, IOptions<MailOptions> mail, IOptions<AttachmentOptions> attachments)
{
    private const int MaxOpen = 1_000;

    /// <summary>Those that were opened, by what was sealed.</summary>
    private readonly ConcurrentDictionary<string, PutDeliveryAccountRequest> _open = new(StringComparer.Ordinal);

    public async Task<PushAccounts> FindPushAsync(TenantId tenant, CancellationToken cancellationToken) => new(
        (await OpenAsync(tenant, DeliveryChannel.Fcm, cancellationToken))?.Fcm ?? push.Value.Fcm,
        (await OpenAsync(tenant, DeliveryChannel.Apns, cancellationToken))?.Apns ?? push.Value.Apns,
        (await OpenAsync(tenant, DeliveryChannel.WebPush, cancellationToken))?.WebPush?.Subject ?? push.Value.WebPushSubject ?? (DeliveryAccountRules.IsSubject(attachments.Value.PublicUrl) ? attachments.Value.PublicUrl : null));

    /// <summary>The mail server, and whether the tenant chose it: then it may stand at no private address.</summary>
    public async Task<(MailAccount Account, bool Own)?> FindMailAsync(TenantId tenant, CancellationToken cancellationToken) =>
        (await OpenAsync(tenant, DeliveryChannel.Email, cancellationToken))?.Email is { } own ? (own, true) : mail.Value.Account is { } platforms ? (platforms, false) : null;

    private async Task<PutDeliveryAccountRequest?> OpenAsync(TenantId tenant, DeliveryChannel channel, CancellationToken cancellationToken)
    {
        if ((await tenants.FindAsync(tenant, cancellationToken))?.Delivery.FirstOrDefault(account => account.Channel == channel) is not { } account)
        {
            return null;
        }

        if (_open.TryGetValue(account.Sealed, out var known))
        {
            return known;
        }

        if (_open.Count >= MaxOpen)
        {
            _open.Clear();
        }

        var text = await sealer.UnsealAsync(account.Sealed, DeliveryAccount.Purpose(tenant, channel), cancellationToken);
        return _open[account.Sealed] = JsonSerializer.Deserialize(text, CaasJsonContext.Default.PutDeliveryAccountRequest)!;
    }
}
