using Caas.Core.Users;
using Caas.Gateway.Audit;
using Caas.Gateway.Callers;
using Caas.Gateway.Idempotency;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Users;

/// <summary><c>/v1/users</c>: the tenant's directory.</summary>
internal static class UserEndpoints
{
    private const string Deactivate = "deactivate";
    private const string Erase = "erase";

    public static void MapUsers(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/users").WithTags("Users").AllowCallers(CallerKinds.Backend | CallerKinds.User, "users");
        group.MapPut("/{userId}", UpsertAsync).WithName("UpsertUser").Audited("user.role_changed").WithSummary("Create or replace a user").WithDescription("Replaces the whole profile. A deactivated user stays deactivated.").AllowCallers(CallerKinds.Backend, "users");
        group.MapPost("/batch", UpsertManyAsync).WithName("UpsertUsers").Audited("user.role_changed").WithSummary("Create or replace up to 100 users").WithDescription("Replaces whole profiles. Deactivated users stay deactivated.").Idempotent().AllowCallers(CallerKinds.Backend, "users");
        group.MapGet("/{userId}", GetAsync).WithName("GetUser").WithSummary("Get a user").Refuses(Refusal.UserNotFound);
        group.MapGet("/", ListAsync).WithName("ListUsers").WithSummary("List users").WithDescription("`query`: those whose id or name starts with it, whatever its case.").Refuses(Refusal.InvalidCursor);
        group.MapPatch("/{userId}", UpdateAsync).WithName("UpdateUser").Audited("user.role_changed").WithSummary("Change a user").WithDescription("Users may change themselves, but not their role.").Refuses(Refusal.UserNotFound);
        group.MapDelete("/{userId}", DeleteAsync).WithName("DeleteUser").Audited("user.deleted", "mode").WithSummary("Deactivate or erase a user").AllowCallers(CallerKinds.Backend, "users").Refuses(Refusal.UserNotFound)
            .WithDescription("`mode=deactivate` (default): tokens and live connections end within 5 s; memberships and messages stay. `POST …/reactivate` undoes it. `mode=erase`: for ever; what the user wrote goes, and a pseudonym takes the id's place in what others have. It is done in the background; the same call again tells how far it is.");
        group.MapPost("/{userId}/reactivate", ReactivateAsync).WithName("ReactivateUser").Audited("user.reactivated").WithSummary("Reactivate a user").Idempotent().AllowCallers(CallerKinds.Backend, "users").Refuses(Refusal.UserNotFound)
            .WithDescription("With new tokens: those of before stay revoked. One who is active stays as it is.");
    }

    private static async Task<Results<Created<UserResponse>, Ok<UserResponse>>> UpsertAsync(string userId, UpsertUserRequest request, Caller caller, UserService users, HttpContext http, CancellationToken cancellationToken)
    {
        var (user, created, roleChanged) = await users.UpsertAsync(caller, userId, request, cancellationToken);
        http.Features.Set(roleChanged ? AuditedTargets.Roles([user]) : AuditedTargets.None);
        return created ? TypedResults.Created($"/v1/users/{user.Id}", user) : TypedResults.Ok(user);
    }

    private static async Task<Ok<UsersResponse>> UpsertManyAsync(UpsertUsersRequest request, Caller caller, UserService users, HttpContext http, CancellationToken cancellationToken)
    {
        var (upserted, ofOtherRole) = await users.UpsertManyAsync(caller, request, cancellationToken);
        http.Features.Set(AuditedTargets.Roles(ofOtherRole));
        return TypedResults.Ok(upserted);
    }

    private static async Task<Ok<UserResponse>> GetAsync(string userId, Caller caller, UserService users, CancellationToken cancellationToken) =>
        TypedResults.Ok(await users.GetAsync(caller, userId, cancellationToken));

    private static async Task<Ok<Page<UserResponse>>> ListAsync(string? query, int? limit, string? cursor, Caller caller, UserService users, CancellationToken cancellationToken) =>
        TypedResults.Ok(await users.ListAsync(caller, query, limit, cursor, cancellationToken));

    private static async Task<Ok<UserResponse>> UpdateAsync(string userId, UpdateUserRequest request, Caller caller, UserService users, HttpContext http, CancellationToken cancellationToken)
    {
        var (user, roleChanged) = await users.UpdateAsync(caller, userId, request, cancellationToken);
        http.Features.Set(roleChanged ? AuditedTargets.Roles([user]) : AuditedTargets.None);
        return TypedResults.Ok(user);
    }

    private static async Task<Ok<UserResponse>> ReactivateAsync(string userId, Caller caller, UserService users, CancellationToken cancellationToken) =>
        TypedResults.Ok(await users.ReactivateAsync(caller, userId, cancellationToken));

    private static async Task<Results<NoContent, Accepted<ErasureResponse>>> DeleteAsync(string userId, string? mode, Caller caller, UserService users, HttpContext http, CancellationToken cancellationToken)
    {
        switch (mode)
        {
            case null or Deactivate:
                await users.DeactivateAsync(caller, userId, cancellationToken);
                return TypedResults.NoContent();
            case Erase:
                if (await users.FindErasureAsync(caller, userId, cancellationToken) is { } begun)
                {
                    // Who asks how far it is does nothing, and would write the id down once more.
                    http.Features.Set(AuditedTargets.None);
                    return TypedResults.Accepted((string?)null, begun);
                }

                return TypedResults.Accepted((string?)null, await users.EraseAsync(caller, userId, cancellationToken));
            default:
                throw Refusal.ValidationFailed.With("mode", $"must be {Deactivate} or {Erase}");
        }
    }
}
