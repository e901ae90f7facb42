using System.Text;

namespace Caas.Standalone;

/// <summary>What the host says once everything answers.</summary>
internal static class Welcome
{
    public static string Text(StandaloneHost host)
    {
        var gateway = $"http://localhost:{host.Ports.Gateway}";
        var text = new StringBuilder()
            .AppendLine()
            .AppendLine("CaaS is running.")
            .AppendLine()
            .AppendLine($"  Gateway    {gateway}/v1")
            .AppendLine($"  API docs   {gateway}/docs")
            .AppendLine($"  Health     {gateway}/health")
            .AppendLine($"  Metrics    http://localhost:{host.Ports.Metrics}/metrics");
        for (var i = 0; i < host.Ports.Replicas.Count; i++)
        {
            text.AppendLine($"  Replica {i + 1}  http://localhost:{host.Ports.Replicas[i]}/realtime");
        }

        text.AppendLine($"  Data       {host.Data}")
            .AppendLine();
        TellTheAdminKey(text, host);
        TellWhatToTry(text, host, gateway);
        return text.AppendLine().Append("Ready. Ctrl+C stops it; nothing is lost.").ToString();
    }

    /// <summary>The key itself only in the start that made it: what is printed may be kept in a file of its own.</summary>
    private static void TellTheAdminKey(StringBuilder text, StandaloneHost host)
    {
        if (host.AdminKeyIsNew)
        {
            text.AppendLine($"  Admin key  {host.AdminKey}").AppendLine($"             made now and not shown again; kept in {AdminKeyFile.PathIn(host.Data)}");
        }
        else
        {
            text.AppendLine($"  Admin key  {(host.AdminKeyIsKept ? $"kept in {AdminKeyFile.PathIn(host.Data)}" : "as set in Caas__AdminKey; not kept in the data folder")}");
        }

        text.AppendLine();
    }

    /// <summary>On a new folder the first steps; on one in use what is there, since an id is given once.</summary>
    private static void TellWhatToTry(StringBuilder text, StandaloneHost host, string gateway)
    {
        if (host.Tenants.Count > 0)
        {
            var more = host.Tenants.Count > StandaloneHost.TenantsToName ? " and more" : "";
            text.AppendLine($"Tenants here: {string.Join(", ", host.Tenants.Take(StandaloneHost.TenantsToName))}{more}. A key is shown once, when it is made; this makes another one for the backend of {host.Tenants[0]}.");
        }
        else
        {
            text.AppendLine("Try it: this makes a tenant and an API key for its backend.");
        }

        text.AppendLine().AppendLine($"  export ADMIN_KEY={(host.AdminKeyIsKept ? $"\"$(cat '{AdminKeyFile.PathIn(host.Data)}')\"" : "\"$Caas__AdminKey\"")}");
        if (host.Tenants.Count == 0)
        {
            text.AppendLine(Post($"{gateway}/v1/tenants", """{"name": "Acme", "id": "acme"}"""));
        }

        text.AppendLine(Post($"{gateway}/v1/tenants/{(host.Tenants.Count > 0 ? host.Tenants[0] : "acme")}/api-keys", """{"name": "backend"}"""));
    }

    private static string Post(string url, string body) => $"""  curl -s -w '\n' {url} -H "Authorization: Bearer $ADMIN_KEY" -H 'Content-Type: application/json' -d '{body}'""";
}
