using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Caas.Tests.Gateway;

/// <summary>Requests that no HTTP client would send.</summary>
[Collection<GatewayCollection>]
public sealed class RawRequestTests(GatewayFixture gateway)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("PUT /v1/users/%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400, "validation_failed")]
    [InlineData("PUT /v1/conversations/c/messages/m/reactions/%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400, "validation_failed")]
    [InlineData("GET /v1/ping HTTP/1.1\r\nHost: x\r\nX-On Behalf-Of: a\r\n\r\n", 400, "validation_failed")]
    [InlineData("GET /v1/ping HTTP/1.1\r\n\r\n", 400, "validation_failed")]
    [InlineData("G@T /v1/ping HTTP/1.1\r\nHost: x\r\n\r\n", 400, "validation_failed")]
    [InlineData("nonsense\r\n\r\n", 400, "validation_failed")]
    [InlineData("GET /v1/ping HTTP/7.0\r\nHost: x\r\n\r\n", 505, "validation_failed")]
    [InlineData("GET /v1/users HTTP/1.1\r\nHost: x\r\nX-Api-Key: \u00e9\r\nConnection: close\r\n\r\n", 401, "unauthenticated")]
    [InlineData("GET /v1/users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \u00ff\r\nConnection: close\r\n\r\n", 401, "unauthenticated")]
    [InlineData("GET /v1/users HTTP/1.1\r\nHost: x\r\nX-Api-Key: KEY\r\nX-On-Behalf-Of: \u00e9\r\nConnection: close\r\n\r\n", 401, "unauthenticated")]
    public async Task The_servers_own_refusals_are_problems_too(string request, int status, string code)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(gateway.Address.Host, gateway.Address.Port, Cancelled);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), Cancelled);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var answer = await reader.ReadToEndAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);

        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains("application/problem+json", answer, StringComparison.Ordinal);
        var body = answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        var problem = JsonDocument.Parse(body[body.IndexOf('{', StringComparison.Ordinal)..(body.LastIndexOf('}') + 1)]).RootElement;
        Assert.Equal((code, status), (problem.GetProperty("code").GetString(), problem.GetProperty("status").GetInt32()));
        Assert.NotEmpty(problem.GetProperty("traceId").GetString()!);
    }
}
