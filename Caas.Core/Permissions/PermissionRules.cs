using Caas.Contracts;

namespace Caas.Core.Permissions;

/// <summary>What a tenant may change of the table.</summary>
internal static class PermissionRules
{
    public static Validation Check(Validation validation, TenantPermissions? permissions, string prefix)
    {
        foreach (var (type, ofType) in new[] { ("direct", permissions?.Direct), ("group", permissions?.Group), ("channel", permissions?.Channel) })
        {
            foreach (var (role, rights) in new[] { ("owner", ofType?.Owner), ("moderator", ofType?.Moderator), ("member", ofType?.Member), ("reader", ofType?.Reader) })
            {
                validation.Check(rights is null || rights.Keys.All(PermissionTable.Changeable.Contains), $"{prefix}permissions.{type}.{role}", $"must name only {string.Join(", ", PermissionTable.Changeable)}");
            }
        }

        return validation;
    }
}
