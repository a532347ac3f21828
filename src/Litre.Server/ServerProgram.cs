using System.Diagnostics;
using Litre.Access.Audit;
using Litre.Access.Keys;
using Litre.Core;
using Litre.Core.Files;
using Litre.Inference.Serving;
using Litre.Model.Weights;
using Litre.Server.Adapters;
using Litre.Server.Hosting;
using Litre.Server.Operation;
using Litre.Server.Requests;
using Litre.Server.Security;
using Litre.Server.Settings;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Console;

namespace Litre.Server;

/// <summary>The program: settings, checks before the model is loaded, the model, and a stop that loses nothing.</summary>
internal static class ServerProgram
{
    private const int BadInput = 2;
    private const int Fault = 70;

    public static async Task<int> RunAsync(string[] arguments)
    {
        PrivateFiles.RestrictProcess();
        Notices.Sink = StartText.WriteError;
        try
        {
            await ServeAsync(new ServerArguments(arguments));
            return 0;
        }
        catch (InputException e)
        {
            StartText.WriteError(e.Message);
            return BadInput;
        }
        catch (Exception e)
        {
            Console.Error.WriteLine($"litre: internal error: {e}");
            return Fault;
        }
    }

    private static async Task ServeAsync(ServerArguments arguments)
    {
        var settings = arguments.Server();
        var serving = arguments.Serving();
        var adapters = arguments.Adapters;
        foreach (var (name, _) in adapters)
            CheckName(name, settings.ModelName);
        var keys = KeyStore.Open();
        StartRules.Check(settings, keys);
        foreach (var warning in StartRules.Warnings(settings, keys))
            StartText.WriteError(warning);
        using var audit = AuditLog.Open();
        await using var app = LitreServer.Build(settings, null, keys, audit, LogAsJson);
        var host = app.Services.GetRequiredService<EngineHost>();
        using var signals = new StopSignals(() => Stop(app, host));
        await ListenAsync(app, settings);
        var address = app.Urls.First();
        var session = arguments.Session();
        // Loading cannot be interrupted, and a stop has nothing to save before it is complete.
        await using var engine = await Task.Run(() => Open(session, serving));
        foreach (var (name, path) in adapters)
            await LoadAsync(engine, name, path);
        await engine.PrepareAsync();
        host.Start(engine);
        app.Services.GetRequiredService<ModelCatalog>().Prepare();
        await audit.AppendAsync(Entry(isStarted: true));
        Announce(arguments, settings, keys, address, engine);
        await app.WaitForShutdownAsync();
        await audit.AppendAsync(Entry(isStarted: false));

        ServerEntry Entry(bool isStarted) =>
            new(isStarted, StateEndpoints.Version)
            {
                Addresses = [address],
                Model = settings.ModelFolder,
                NeedsKeys = !settings.IsLoopback || keys.Keys.Count > 0,
                RecordsContent = settings.RecordsContent,
            };
    }

    // The only place that creates an engine.
    private static AnswerEngine Open(Inference.SessionSettings session, ServingSettings serving) =>
        AnswerEngine.Open(session, serving, ShowLoading, StartText.WriteError);

    private static void ShowLoading(LoadProgress progress)
    {
        if (progress.IsComplete)
            Console.Error.WriteLine($"litre: {StartText.Render(progress.ToString())}");
    }

    private static async Task LoadAsync(AnswerEngine engine, string name, string path)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            await engine.LoadAdapterAsync(name, path);
        }
        catch (InputException e)
        {
            throw new InputException("adapter", $"{name}={path}", e.Message, null, e);
        }
        Console.Error.WriteLine($"litre: loaded the adapter {name} from {path} in {clock.Elapsed.TotalSeconds:0.0} s");
    }

    private static void CheckName(string name, string model)
    {
        if (!AdapterEndpoints.IsName(name) || name == model)
            throw new InputException(
                "adapter",
                name,
                name == model ? "is the name of the base model" : "cannot be the name of an adapter",
                "use 1 to 64 letters, digits, dots, underscores or hyphens, the first one a letter or digit"
            );
    }

    private static async Task ListenAsync(WebApplication app, ServerSettings settings)
    {
        try
        {
            await app.StartAsync();
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            throw new InputException(
                "port",
                settings.Port,
                $"the server cannot listen on {settings.Address} ({e.Message.ReplaceLineEndings(" ")})",
                "choose another port, or the address of this machine as `host`"
            );
        }
    }

    private static void Stop(WebApplication app, EngineHost host)
    {
        if (!host.IsReady)
            StopSignals.ExitNow();
        Console.Error.WriteLine("litre: stopping; running answers are finished first, and a second signal ends them");
        host.Stop();
        app.Lifetime.StopApplication();
    }

    private static void Announce(ServerArguments arguments, ServerSettings settings, KeyStore keys, string address, AnswerEngine engine)
    {
        var names = string.Join(", ", engine.Adapters.Select(a => a.Name).Prepend(settings.ModelName));
        Console.Out.WriteLine($"litre: serving {VisibleText.Of(names)} at {address}/v1 (OpenAI and Anthropic); Ctrl+C stops it");
        if (arguments.Example is { } image)
        {
            Console.Out.WriteLine("Ask it about a drawing, in another terminal:");
            Console.Out.WriteLine(StartText.Curl(address, settings.ModelName, image, keys.Keys.Count > 0));
        }
        Console.Out.Flush();
    }

    private static void LogAsJson(ILoggingBuilder logging)
    {
        logging.AddJsonConsole(json =>
        {
            json.UseUtcTimestamp = true;
            json.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
        });
        // Standard output is for what a person reads.
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }
}
