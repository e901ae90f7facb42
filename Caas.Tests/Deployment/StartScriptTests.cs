using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Caas.Tests.Deployment;

/// <summary><c>start.sh</c> against an engine that is played: what it does in which order, and the one sentence for each thing that goes wrong.</summary>
public sealed class StartScriptTests
{
    [Fact]
    public async Task A_first_start_makes_the_secrets_waits_for_all_and_tells_where_everything_is()
    {
        using var stack = new StackFolder("slow");
        var run = (await stack.RunAsync("start.sh")).Succeeded();
        Assert.Equal(["compose --env-file .env.example config", "volume ls -q --filter label=com.docker.compose.project=caas", "compose up --no-start", "compose up -d"], stack.Commands);
        Assert.Equal(["3000", "3002", "3003"], stack.CurlCalls.Select(call => new Uri(call.Split(' ')[^1]).Port.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        Assert.All(
            ["Made .env", "kafka-1: starting\n", "kafka-1: ready\n", "http://localhost:3000", "http://localhost:8082", "grep CAAS_ADMIN_KEY .env", "./test.sh"],
            told => Assert.Contains(told, run.Output, StringComparison.Ordinal));
        run.Without([.. stack.Variables().Where(variable => variable.Key.Contains("PASSWORD", StringComparison.Ordinal) || variable.Key is "JWT_SECRET" or "CAAS_ADMIN_KEY").Select(variable => variable.Value)]);
    }

    [Fact]
    public async Task A_second_start_finds_all_running_and_leaves_the_settings()
    {
        using var stack = new StackFolder();
        (await stack.RunAsync("start.sh")).Succeeded();
        var before = await File.ReadAllTextAsync(stack.Env, TestContext.Current.CancellationToken);
        stack.Play("data");
        var run = (await stack.RunAsync("start.sh")).Succeeded();
        Assert.Equal(before, await File.ReadAllTextAsync(stack.Env, TestContext.Current.CancellationToken));
        Assert.DoesNotContain(".env with random", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Containers_that_ended_before_this_start_are_no_failure()
    {
        using var stack = new StackFolder("stopped", "slow");
        (await stack.RunAsync("start.sh")).Succeeded();
    }

    [Fact]
    public async Task A_crash_or_two_may_heal()
    {
        using var stack = new StackFolder("heals");
        var run = (await stack.RunAsync("start.sh")).Succeeded();
        Assert.Contains("kafka-1: restarting\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Build_and_clean_come_before_the_start_and_in_that_order()
    {
        using var stack = new StackFolder("data");
        var run = (await stack.RunAsync("start.sh", "--build", "--clean")).Succeeded();
        Assert.Equal(["compose --profile test down -v --remove-orphans", "compose build", "compose up --no-start", "compose up -d"], stack.Commands);
        Assert.Contains("the data goes", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_needs_no_engine_and_an_unknown_option_is_refused()
    {
        using var stack = new StackFolder("down");
        Assert.Contains("--clean", (await stack.RunAsync("start.sh", "--help")).Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal(2, (await stack.RunAsync("start.sh", "--cleen")).Refused("--cleen", "--help").Code);
        Assert.Equal(2, (await stack.RunWithAsync(new Dictionary<string, string> { ["CAAS_START_TIMEOUT"] = "5m" }, "start.sh")).Refused("CAAS_START_TIMEOUT", "5m").Code);
        Assert.False(File.Exists(stack.Env));
    }

    [Theory]
    [InlineData("down", "engine does not answer", "start Docker Desktop")]
    [InlineData("denied", "may not use Docker", "group docker")]
    [InlineData("windows", "Windows containers", "switch")]
    [InlineData("no-compose", "docker compose", "install")]
    [InlineData("compose-1", "docker compose", "install")]
    [InlineData("data", "no .env", "--clean")]
    public async Task Nothing_is_touched_when_the_engine_is_not_as_it_must_be(string plays, params string[] says)
    {
        using var stack = new StackFolder(plays);
        Assert.Equal(1, (await stack.RunAsync("start.sh")).Refused(says).Code);
        Assert.False(File.Exists(stack.Env));
        Assert.DoesNotContain(stack.Commands, command => command.StartsWith("compose up", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_docker_it_says_where_to_get_it()
    {
        using var stack = new StackFolder();
        (await stack.RunWithAsync(stack.BarePath(docker: false), "start.sh")).Refused("Docker is not installed", "https://docs.docker.com/get-docker/");
    }

    [Theory]
    [InlineData("ends", "kafka-1", "exit code 137", "memory")]
    [InlineData("crashes", "kafka-1", "again and again", "exit code 1;")]
    [InlineData("init-fails", "kafka-init", "exit code 3")]
    [InlineData("dependency", "kafka-1", "does not become healthy")]
    public async Task A_broken_service_is_named_at_once_with_its_last_words(string plays, string service, params string[] says)
    {
        using var stack = new StackFolder(plays);
        var run = (await stack.RunAsync("start.sh")).Refused([service, .. says]);
        Assert.Contains($"log of {service}\n", run.Output, StringComparison.Ordinal);
        Assert.Single(stack.Commands, command => command.StartsWith("compose logs", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("port", "Port 3000", "in use", "stop the program")]
    [InlineData("network", "Docker could not start the services")]
    public async Task What_docker_refuses_becomes_a_sentence(string plays, params string[] says)
    {
        using var stack = new StackFolder("stopped", plays);
        (await stack.RunAsync("start.sh")).Refused(says);
    }

    [Theory]
    [InlineData("build-fails", "could not be built", "--build")]
    [InlineData("create-fails", "could not make the containers", "172.28.0.0/16")]
    public async Task Docker_speaks_first_and_then_the_sentence(string plays, params string[] says)
    {
        using var stack = new StackFolder(plays);
        var run = await stack.RunAsync("start.sh", "--build");
        Assert.Equal(1, run.Code);
        var lines = run.Errors.Trim().Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.All(says, said => Assert.Contains(said, lines[1], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Its_patience_ends_and_it_says_with_whom_and_leaves_no_process()
    {
        using var stack = new StackFolder("never");
        // That the helper sees the end of its output shows that the 'docker compose up' which never ends is gone.
        var run = (await stack.RunWithAsync(new Dictionary<string, string> { ["CAAS_START_TIMEOUT"] = "1" }, "start.sh")).Refused("after 1 s", "kafka-1 (starting)", "CAAS_START_TIMEOUT");
        Assert.Contains("log of kafka-1\n", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("log of redis", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interrupted_it_leaves_the_stack_and_says_so()
    {
        using var stack = new StackFolder("never", "interrupt");
        var run = await stack.RunInTerminalGroupAsync("start.sh");
        Assert.Equal(130, run.Refused("Interrupted", "stay as they are", "./stop.sh").Code);
        Assert.DoesNotContain(stack.Commands, command => command.Contains("down", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Healthy_inside_but_not_to_be_reached_is_a_failure()
    {
        using var stack = new StackFolder("silent");
        (await stack.RunAsync("start.sh")).Refused("gateway is healthy", "http://localhost:3000/health", "port 3000");
    }

    [Theory]
    [InlineData("200 OK", true)]
    [InlineData("503 Service Unavailable", false)]
    public async Task Without_curl_it_asks_by_itself(string answer, bool succeeds)
    {
        using var stack = new StackFolder();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync(listener, $"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n", TestContext.Current.CancellationToken);
        var script = await File.ReadAllTextAsync(stack.In("start.sh"), TestContext.Current.CancellationToken);
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await File.WriteAllTextAsync(stack.In("start.sh"), script.Replace("check_address gateway 3000", $"check_address gateway {port}", StringComparison.Ordinal)
            .Replace("check_address socket-service-1 3002", $"check_address socket-service-1 {port}", StringComparison.Ordinal)
            .Replace("check_address socket-service-2 3003", $"check_address socket-service-2 {port}", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var run = await stack.RunWithAsync(stack.BarePath(docker: true), "start.sh");
        listener.Stop();
        if (succeeds)
        {
            run.Succeeded();
        }
        else
        {
            run.Refused("gateway is healthy", "does not answer");
        }

        Assert.StartsWith("GET /health HTTP/1.0", await answering, StringComparison.Ordinal);
    }

    private static async Task<string> AnswerAsync(TcpListener listener, string answer, CancellationToken cancellationToken)
    {
        var asked = "";
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(cancellationToken);
                var stream = client.GetStream();
                var buffer = new byte[1024];
                asked = Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer, cancellationToken));
                await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), cancellationToken);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return asked; // stopped
        }
    }
}
