using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Model.Families;
using Litre.Model.Hub;
using Litre.Model.Identity;

namespace Litre.Cli.Commands;

/// <summary><c>litre model get NAME</c>: downloads a model from a hub, a mirror or a folder. No other command downloads models.</summary>
internal sealed class ModelGetCommand : Command
{
    private static readonly string Example = ModelFamilies.Default.Format.HubName(ModelFamilies.Default.Format.ExampleModel);

    private readonly Argument<string> _name = new("NAME")
    {
        Description = $"The model, such as {Example}; for published sizes, the organization can be omitted, and 4B is enough.",
    };
    private readonly Option<string> _from = new("--from")
    {
        Description =
            "Source: hub (Hugging Face, or the hub at HF_ENDPOINT), modelscope, the URL of a mirror of the hub, or a folder of models.",
        DefaultValueFactory = _ => "hub",
    };

    private readonly Option<string?> _revision = new("--revision") { Description = "A branch, tag or commit. Default: the main branch." };
    private readonly Option<string?> _output = new("--output")
    {
        Description = "The folder to create. Default: models/NAME, without the organization.",
    };
    private readonly Option<int> _parallel = new("--parallel")
    {
        Description = "Files to download at a time.",
        DefaultValueFactory = _ => 4,
    };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only print what would be downloaded." };
    private readonly Option<bool> _json = new("--json") { Description = "Print machine-readable JSON." };

    public ModelGetCommand()
        : base(
            "get",
            "Downloads a model and verifies its checksums; resumes an interrupted download. Reads HF_ENDPOINT, HF_TOKEN, "
                + "HF_HOME and proxy variables."
        )
    {
        Arguments.Add(_name);
        foreach (var option in (Option[])[_from, _revision, _output, _parallel, _dryRun, _json])
            Options.Add(option);
        SetAction((parsed, _) => RunAsync(parsed));
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var (model, parallel) = (FullName(parsed.GetValue(_name)!), parsed.GetValue(_parallel));
        if (parallel is < 1 or > 64)
            throw new InputException($"--parallel {parallel}: expected 1 to 64");
        var environment = HubEnvironment.Read(HostEnvironment.Read);
        using var client = new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(30) })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        client.DefaultRequestHeaders.UserAgent.ParseAdd($"litre/{typeof(ModelGetCommand).Assembly.GetName().Version?.ToString(3)}");
        var source = Source(parsed.GetValue(_from)!, environment, client);
        using var stop = new StopSignal("stopping; downloaded data are kept; run the same command again to resume");
        var console = new DownloadConsole();
        var output = parsed.GetValue(_output) ?? Path.Combine("models", model[(model.IndexOf('/', StringComparison.Ordinal) + 1)..]);
        ModelDownloadResult result;
        try
        {
            result = await ModelDownload.RunAsync(
                new ModelDownloadSettings
                {
                    Source = source,
                    Model = model,
                    Revision = parsed.GetValue(_revision) ?? "",
                    Output = output,
                    CacheFolder = environment.CacheFolder,
                    Parallel = parallel,
                    IsDryRun = parsed.GetValue(_dryRun),
                    Notice = console.WriteLine,
                    Progress = console.Show,
                },
                stop.Token
            );
        }
        finally
        {
            console.Clear();
        }
        if (parsed.GetValue(_json))
            Console.Out.WriteLine(JsonSerializer.Serialize(result, Json));
        else
            DownloadConsole.Write(Console.Out, result, output);
        return ExitCode.Success;
    }

    private static IModelSource Source(string from, HubEnvironment environment, HttpClient client)
    {
        if (Directory.Exists(from))
            return new FolderSource(from);
        if (environment.IsOffline)
            throw new InputException("HF_HUB_OFFLINE is set, so the network must not be used; unset it, or give --from FOLDER");
        return from.ToLowerInvariant() switch
        {
            "hub" or "huggingface" or "hf" => new HuggingFaceSource(client, environment.Endpoint, environment.Token),
            "modelscope" or "ms" => new ModelScopeSource(client, environment.ModelScopeEndpoint, environment.ModelScopeToken),
            _ when from.Contains("://", StringComparison.Ordinal) => new HuggingFaceSource(
                client,
                HubEnvironment.Address("--from", from),
                environment.Token
            ),
            _ => throw new InputException(
                $"--from {from}: expected hub, modelscope, the URL of a mirror (https://…), or an existing folder"
            ),
        };
    }

    // Users name sizes; the hub needs organization and name.
    private static string FullName(string name)
    {
        foreach (
            var prefix in (string[])
                ["https://huggingface.co/", "https://hf-mirror.com/", "https://www.modelscope.cn/models/", "https://modelscope.cn/models/"]
        )
            if (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                name = name[prefix.Length..].TrimEnd('/');
        var parts = name.Split('/');
        if (
            parts.Length == 2
            && parts.All(p => p.Length > 0 && p is not ("." or "..") && p.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        )
            return name;
        if (parts.Length == 1 && ModelFamilies.FindPublished(name) is { } known)
            return known.Config.Family.Format.HubName(PublishedName.Find(name) ?? known.Name);
        throw new InputException(
            $"{name}: is not a model name; give it as ORGANIZATION/NAME, such as {Example} "
                + "(litre model list lists the published sizes)"
        );
    }

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };
}
