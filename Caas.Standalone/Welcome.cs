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

        return text
            .AppendLine($"  Data       {host.Data}")
            .AppendLine()
            .AppendLine($"  Admin key  {(host.AdminKeyIsKept ? host.AdminKey : "as set in Caas__AdminKey")}")
            .AppendLine($"             {(host.AdminKeyIsKept ? $"kept in {AdminKeyFile.PathIn(host.Data)}" : "not kept in the data folder")}")
            .AppendLine()
            .AppendLine("Try it: this makes a tenant and an API key for its backend.")
            .AppendLine()
            .AppendLine($"  export ADMIN_KEY={(host.AdminKeyIsKept ? host.AdminKey : "\"$Caas__AdminKey\"")}")
            .AppendLine($$"""  curl -s {{gateway}}/v1/tenants -H "Authorization: Bearer $ADMIN_KEY" -H 'Content-Type: application/json' -d '{"name": "Acme", "id": "acme"}'""")
            .AppendLine($$"""  curl -s {{gateway}}/v1/tenants/acme/api-keys -H "Authorization: Bearer $ADMIN_KEY" -H 'Content-Type: application/json' -d '{"name": "backend"}'""")
            .AppendLine()
            .Append("Ready. Ctrl+C stops it; nothing is lost.")
            .ToString();
    }
}
