namespace Caas.Core.Users;

/// <summary>A user's role in the tenant's directory.</summary>
public static class UserRoles
{
    public const string User = "user";

    /// <summary>May do in every conversation of the tenant what an owner may.</summary>
    public const string Admin = "admin";
}
