using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Users;

namespace Caas.Core.Privacy;

/// <summary>A user's own privacy settings. They are part of the user's log and projection; a change counts everywhere within 5 s.</summary>
public sealed class PrivacyService(IUserStore users, UserWriter writer)
{
    /// <exception cref="RefusedException"><c>on_behalf_of_required</c>, <c>not_allowed</c>, <c>insufficient_scope</c>, <c>user_not_found</c>.</exception>
    public async Task<PrivacyResponse> GetAsync(Caller caller, CancellationToken cancellationToken) => View((await RequireAsync(caller, Scopes.UsersRead, cancellationToken)).Privacy);

    /// <summary>Replaces them; the same once more changes nothing.</summary>
    /// <exception cref="RefusedException"><c>on_behalf_of_required</c>, <c>not_allowed</c>, <c>insufficient_scope</c>, <c>user_not_found</c>.</exception>
    public async Task<PrivacyResponse> PutAsync(Caller caller, PutPrivacyRequest request, CancellationToken cancellationToken)
    {
        var user = await RequireAsync(caller, Scopes.UsersWrite, cancellationToken);
        var wanted = new PrivacySettings(request.ReadReceipts ?? true, request.DeliveryReceipts ?? true, request.Typing ?? true);
        return View(user.Privacy == wanted ? wanted : (await writer.ChangePrivacyAsync(caller, user, wanted, cancellationToken)).Privacy);
    }

    private async Task<User> RequireAsync(Caller caller, string scope, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireTenant();
        caller.RequireScope(scope);
        return await users.FindAsync(tenant, caller.RequireUser(), cancellationToken) ?? throw Refusal.UserNotFound.AsException();
    }

    private static PrivacyResponse View(PrivacySettings settings) => new(settings.ReadReceipts, settings.DeliveryReceipts, settings.Typing);
}
