using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Litre.Cli.Serving;

namespace Litre.Cli.Commands;

/// <summary>
/// <c>litre serve</c>: replaces itself by the program litre-server, which has ASP.NET Core, and passes the options on to it.
/// </summary>
internal sealed class ServeCommand : Command
{
    private const string Adapter = "--adapter";

    // Sizes and counts of pixels, which are passed on as numbers.
    private readonly HashSet<Option> _sizes;
    private readonly Option<string?> _model = new("--model")
    {
        Description =
            "The checkpoint's folder. Default: the small model that comes with Litre, and a command that asks it about a drawing.",
    };

    public ServeCommand()
        : base("serve", "Answers requests of other programs: the OpenAI and Anthropic protocols, one model, many adapters.")
    {
        Option body = Text("--max-body", "Maximum size of a request. Default: 64MiB.");
        Option memory = Text("--adapter-memory", "Memory for adapters; those used least recently leave it. Default: 4GiB.");
        _sizes = [body, memory];
        Option[] options =
        [
            _model,
            Many(
                Adapter,
                "NAME=DIR: an adapter, or a run (its best adapter), and the name that requests give as their model; or NAME:TAG of the "
                    + "adapter library; repeatable."
            ),
            AdapterOptions.OtherBaseOption(),
            Text("--adapter-root", "Folder below which clients with an admin key can load adapters. Default: none can be loaded."),
            Text("--host", "Address to listen on; any but this machine's loopback needs a key (litre key new). Default: 127.0.0.1."),
            new Option<int?>("--port") { Description = "Port; 0 for any free one. Default: 8000." },
            Text("--certificate", "PEM file with the certificate and its chain, for HTTPS."),
            Text("--certificate-key", "PEM file with the certificate's private key. Default: the certificate's file."),
            Many("--allowed-host", "Name in the Host header that is accepted besides this machine's addresses; repeatable."),
            Many("--allow-origin", "Origin of web pages that may send requests, such as http://localhost:3000; repeatable."),
            new Option<int?>("--max-running") { Description = "Requests that are answered at the same time. Default: 64." },
            new Option<int?>("--max-waiting") { Description = "Requests that may wait; further ones are refused. Default: 256." },
            new Option<int?>("--cache-tokens") { Description = "Tokens of all running requests together. Default: what fits." },
            new Option<int?>("--chunk-tokens")
            {
                Description = "Prompt tokens of one forward pass. Default: 8192 on a GPU, 1024 on the CPU.",
            },
            new Option<double?>("--prefix-share") { Description = "Part of the cache for the beginnings of later prompts. Default: 0.5." },
            memory,
            new Option<int?>("--max-tokens") { Description = "Maximum number of tokens of an answer. Default: 4096." },
            new Option<int?>("--max-prompt-tokens") { Description = "Maximum number of tokens of a prompt. Default: what fits." },
            body,
            new Option<int?>("--max-images") { Description = "Images in a request, frames of videos included. Default: 64." },
            new Option<long?>("--max-image-pixels")
            {
                Description = "Refuse images with more pixels, before decoding. Default: 134217728.",
            },
            new Option<double?>("--timeout") { Description = "Maximum duration of a request in seconds. Default: 600." },
            new Option<double?>("--drain") { Description = "Seconds that answers may take after a signal to stop. Default: 30." },
            new Option<bool>("--log-content") { Description = "Record questions and answers in the audit log." },
        ];
        foreach (var option in options)
            Options.Add(option);
        _ = new PixelOptions(this);
        _ = EngineOptions.ForInference(this);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var arguments = new List<string>();
        if (parsed.GetValue(_model) is null)
        {
            var (model, drawing) = ServedExample.Prepare();
            arguments.AddRange(["--model", model, "--example", drawing]);
        }
        // As they were given: the server has the defaults.
        foreach (var option in Options.Where(o => parsed.GetResult(o) is { Implicit: false }))
            arguments.AddRange(Passed(option, parsed.GetResult(option)!));
        return ServerProgram.Replace(arguments);
    }

    private IEnumerable<string> Passed(Option option, OptionResult result)
    {
        if (option.ValueType == typeof(bool))
            return result.GetValueOrDefault<bool>() ? [option.Name] : [];
        return result.Tokens.SelectMany(token =>
            (string[])
                [
                    option.Name,
                    _sizes.Contains(option) ? SizeOption.Parse(option.Name, token.Value).ToString(CultureInfo.InvariantCulture)
                    : option.Name == Adapter ? Resolved(token.Value)
                    : token.Value,
                ]
        );
    }

    // The server takes folders. What the adapter library has is found here.
    private static string Resolved(string adapter)
    {
        var at = adapter.IndexOf('=', StringComparison.Ordinal);
        if (at > 0)
            return $"{adapter[..at]}={AdapterOptions.Resolve(adapter[(at + 1)..])}";
        return at == 0 || Path.Exists(adapter) ? adapter : $"{adapter.Split(':', '@')[0]}={AdapterOptions.Resolve(adapter)}";
    }

    private static Option<string?> Text(string name, string description) => new(name) { Description = description };

    private static Option<string[]> Many(string name, string description) => new(name) { Description = description };
}
