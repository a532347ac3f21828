using System.Text.Json;
namespace Litre.Model.Lora { using System.Text.RegularExpressions;
public sealed class AdapterConfig { public JsonElement J; public static AdapterConfig Load(string f)=>new AdapterConfig{J=JsonDocument.Parse(System.IO.File.ReadAllText(System.IO.Path.Combine(f,"adapter_config.json"))).RootElement}; public void Save(string f){}
 public bool TargetsModule(string m){ var t=J.GetProperty("target_modules"); if(t.ValueKind==JsonValueKind.String) return Regex.IsMatch(m,"^(?:"+t.GetString()+")$"); return t.EnumerateArray().Any(x=>m==x.GetString()||m.EndsWith("."+x.GetString())); }
 public IReadOnlyList<string> TargetParameters => J.TryGetProperty("target_parameters",out var t)&&t.ValueKind==JsonValueKind.Array?t.EnumerateArray().Select(x=>x.GetString()!).ToList():[];
 public bool TargetsParameter(string n)=>TargetParameters.Any(t=>n==t||n.EndsWith("."+t)); public string TargetsText=>"x"; public LoraSettings SettingsFor(string m)=>new LoraSettings(J.GetProperty("r").GetInt32(),J.GetProperty("lora_alpha").GetDouble()); } }
