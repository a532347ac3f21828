using System.Text;
using System.Text.Json.Nodes;

namespace ServeSoak;

/// <summary>One request after another, of kinds that are chosen at random, each with what must come back.</summary>
internal sealed class Soak(SoakOptions options, Client client, Bodies bodies, Tally tally)
{
    // What each key writes into its questions: it must never reach the other one.
    private const string MarkerA = "alpha-7f3a91";
    private const string MarkerB = "bravo-c20e58";

    private readonly Dictionary<(string Model, int Number, bool IsA), string> _alone = [];
    private IReadOnlyList<string> _models = [];

    /// <summary>The texts that must not be in any log.</summary>
    public IEnumerable<string> Secrets => [MarkerA, MarkerB, options.KeyA, options.KeyB, options.Admin];

    /// <summary>Asks every control alone, one after another, for comparison.</summary>
    public async Task AskAloneAsync(IReadOnlyList<string> models)
    {
        _models = models;
        foreach (var model in models)
        foreach (var isA in (bool[])[true, false])
            for (var number = 0; number < Bodies.Controls; number++)
            {
                var answer = await client.AskAsync(bodies.Control(number, model, Marker(isA), stream: false), Key(isA));
                tally.Check("alone", answer, 200);
                _alone[(model, number, isA)] = answer.Text;
            }
    }

    /// <summary>A prompt that one key has asked is computed again for another one.</summary>
    public async Task CheckPrefixesAsync()
    {
        foreach (var model in _models)
        {
            var body = bodies.Unique(
                model,
                $"isolation {options.Seed}: " + string.Concat(Enumerable.Repeat("a long prompt that can be shared, ", 40))
            );
            for (var i = 0; i < 2; i++)
                tally.Check("isolation", await client.AskAsync(body, options.KeyA), 200);
            var other = await client.AskAsync(body, options.KeyB);
            tally.Check("isolation", other, 200);
            if (other.CachedTokens > 0)
                tally.Fail($"isolation: {other.CachedTokens} tokens of a prompt of another key were cached for {model}");
        }
    }

    /// <summary>One request of a kind chosen at random.</summary>
    public async Task RequestAsync(Random random)
    {
        var isA = random.Next(2) == 0;
        var (model, key, marker) = (_models[random.Next(_models.Count)], Key(isA), Marker(isA));
        switch (random.Next(options.From, options.To))
        {
            case < 40:
                await ControlAsync(random, model, isA);
                break;
            case < 55:
                await CancelAsync(random, bodies.Long(random, model, marker), key);
                break;
            case < 62:
                await Quietly("slow reader", client.ReadSlowlyAsync(bodies.Long(random, model, marker), key, random));
                break;
            case < 70:
                await Quietly("closed socket", client.LeaveEarlyAsync(bodies.Long(random, model, marker), key, random));
                break;
            case < 73:
                await Quietly("garbage", client.SendGarbageAsync(random));
                break;
            case < 83:
                await RefusedAsync("broken body", bodies.Broken(random, model, marker), key, isA, null, 400, 404, 413, 422);
                break;
            case < 86:
                await RefusedAsync("oversized image", Bytes(bodies.HugeImage(model, marker)), key, isA, null, 400, 413, 422);
                break;
            case < 90:
                await RefusedAsync("wrong key", Control(model), "sk-litre-" + new string('x', 43), isA, null, 401);
                break;
            case < 92:
                await RefusedAsync("no key", Control(model), null, isA, null, 401);
                break;
            case < 94:
                await RefusedAsync("unknown model", Control("no-such-model"), key, isA, null, 404);
                break;
            case < 96:
                await RefusedAsync("foreign origin", Control(model), key, isA, h => h.Add("Origin", "https://elsewhere.example"), 403);
                break;
            case < 98:
                await RefusedAsync("foreign host", Control(model), key, isA, h => h.Host = "elsewhere.example", 400, 403, 421);
                break;
            default:
                await AdapterAsync(random, key, isA);
                break;
        }

        byte[] Control(string name) => Bytes(bodies.Control(0, name, marker, stream: false));
    }

    private async Task ControlAsync(Random random, string model, bool isA)
    {
        var (number, stream) = (random.Next(Bodies.Controls), random.Next(2) == 0);
        var answer = await client.AskAsync(bodies.Control(number, model, Marker(isA), stream), Key(isA));
        tally.Count(stream ? "control, streamed" : "control");
        tally.Check("control", answer, 200);
        if (answer.Status == 200 && !answer.IsComplete)
            tally.Fail("control: the stream ended without [DONE]");
        else if (answer.Text != _alone[(model, number, isA)])
            tally.Fail($"control {number} of {model}: answered '{answer.Text}', alone '{_alone[(model, number, isA)]}'");
        CheckForeign(answer, isA);
    }

    private async Task CancelAsync(Random random, JsonObject body, string key)
    {
        using var cancel = new CancellationTokenSource(random.Next(400));
        try
        {
            tally.Check("cancel", await client.AskAsync(body, key, cancel.Token), 200);
        }
        catch (OperationCanceledException)
        {
            // The purpose.
        }
        tally.Count("cancel");
    }

    private async Task RefusedAsync(
        string kind,
        byte[] body,
        string? key,
        bool isA,
        Action<System.Net.Http.Headers.HttpRequestHeaders>? change,
        params int[] expected
    )
    {
        var answer = await client.PostAsync("/v1/chat/completions", body, key, change);
        tally.Count(kind);
        tally.Check(kind, answer, expected);
        CheckForeign(answer, isA);
    }

    // Loading needs an admin key; with one, an adapter that no control uses comes and goes.
    private async Task AdapterAsync(Random random, string key, bool isA)
    {
        var load = Bytes(new JsonObject { ["lora_name"] = "extra", ["lora_path"] = options.ExtraAdapter ?? "/nowhere" });
        await RefusedAdapterAsync("adapter without admin key", load, key, 403);
        if (options.ExtraAdapter is null)
            return;
        // Another request may have loaded or unloaded it in between.
        await RefusedAdapterAsync("adapter loaded", load, options.Admin, 200, 400, 404, 409, 429);
        if (random.Next(2) == 0)
            CheckForeign(await client.AskAsync(bodies.Unique("extra", "who are you?"), key), isA);
        var answer = await client.PostAsync("/v1/unload_lora_adapter", Bytes(new JsonObject { ["lora_name"] = "extra" }), options.Admin);
        tally.Count("adapter unloaded");
        tally.Check("adapter unloaded", answer, 200, 400, 404);
    }

    private async Task RefusedAdapterAsync(string kind, byte[] body, string key, params int[] expected)
    {
        var answer = await client.PostAsync("/v1/load_lora_adapter", body, key);
        tally.Count(kind);
        tally.Check(kind, answer, expected);
    }

    private async Task Quietly(string kind, Task request)
    {
        try
        {
            await request;
        }
        catch (Exception e) when (e is System.Net.Sockets.SocketException or IOException)
        {
            // The server closes the connection of a client that breaks the protocol.
        }
        tally.Count(kind);
    }

    private void CheckForeign(Answer answer, bool isA)
    {
        if (answer.Text.Contains(Marker(!isA), StringComparison.Ordinal))
            tally.Fail($"an answer to one key contains text of the other: {answer.Text}");
    }

    private string Key(bool isA) => isA ? options.KeyA : options.KeyB;

    private static string Marker(bool isA) => isA ? MarkerA : MarkerB;

    private static byte[] Bytes(JsonObject body) => Encoding.UTF8.GetBytes(body.ToJsonString());
}
