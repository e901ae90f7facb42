namespace Caas.Core.Users;

/// <summary>Prefix search of users, whatever the case: stores keep ids and names folded, and compare folded.</summary>
public static class UserQuery
{
    public static string Fold(string text) => text.ToLowerInvariant();
}
