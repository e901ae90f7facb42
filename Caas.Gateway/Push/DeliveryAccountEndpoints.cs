using Caas.Core.Push;
using Caas.Gateway.Audit;
using Caas.Gateway.Callers;

namespace Caas.Gateway.Push;

/// <summary><c>/v1/tenant/delivery</c>: the tenant's own accounts for pushes and mails, for its backend.</summary>
internal static class DeliveryAccountEndpoints
{
    public static void MapDeliveryAccounts(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/tenant/delivery").WithTags("Own tenant").AllowCallers(CallerKinds.Backend, "tenant");
        group.MapGet("/", GetAsync).WithName("GetDeliveryAccounts").WithSummary("List the tenant's own accounts for pushes and mails").WithDescription("Without their secrets. Where there is none, the platform's counts.");
        group.MapPut("/{channel}", PutAsync).WithName("PutDeliveryAccount").Audited("delivery_account.changed").WithSummary("Set the tenant's account of a channel")
            .WithDescription("`fcm`, `apns`, `webPush` or `email`, with the field of the same name and no other. Secrets are kept sealed and never shown. It counts within 5 s.");
        group.MapDelete("/{channel}", DeleteAsync).WithName("DeleteDeliveryAccount").Audited("delivery_account.deleted").WithSummary("Use the platform's account of a channel");
    }

    private static async Task<Ok<DeliveryAccountsResponse>> GetAsync(Caller caller, DeliveryAccountService accounts, CancellationToken cancellationToken) =>
        TypedResults.Ok(await accounts.GetAsync(caller, cancellationToken));

    private static async Task<Ok<DeliveryAccountsResponse>> PutAsync(string channel, PutDeliveryAccountRequest request, Caller caller, DeliveryAccountService accounts, CancellationToken cancellationToken) =>
        TypedResults.Ok(await accounts.PutAsync(caller, channel, request, cancellationToken));

    private static async Task<NoContent> DeleteAsync(string channel, Caller caller, DeliveryAccountService accounts, CancellationToken cancellationToken)
    {
        await accounts.DeleteAsync(caller, channel, cancellationToken);
        return TypedResults.NoContent();
    }
}
